import { requireObject } from '../../errors';
import type { SweepStatus } from '../status';
import { sweepPage } from './page';

/**
 * A sweep as one HTML page that needs neither a server nor a network: settings with mean, deviation and seeds, accuracy over
 * the cost of the search, shares of skip connections, and which jobs are done, failed (why), running and waiting.
 *
 * @param status - What `sweepStatus()` says.
 */
export function renderSweep(status: SweepStatus): string {
  requireObject('renderSweep', 'the status', status, 'pass what sweepStatus() returns', 'plan', 'jobs');
  return sweepPage(status, false);
}
