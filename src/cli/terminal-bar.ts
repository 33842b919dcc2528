import cliProgress from 'cli-progress';

/** A progress bar on standard error that is gone once it is done. */
export const terminalBar = (format: string): cliProgress.SingleBar =>
  new cliProgress.SingleBar({
    format,
    stream: process.stderr,
    clearOnComplete: true,
    // Cuts the line instead of switching the terminal's wrapping off, which a killed process would leave off.
    linewrap: true,
    // Interrupts are the command's to handle.
    gracefulExit: false,
  });
