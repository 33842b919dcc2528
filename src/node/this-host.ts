import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Names where numbers of processes mean the same. Hosts may share a name, and containers the name and the kernel: on Linux it
 * is the boot of the kernel and the space of its process numbers.
 */
export const thisHost: string = (() => {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${hostname()} ${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
})();
