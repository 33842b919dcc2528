/** Writes what can be written again after the next epoch, which is worth no run: what fails is said, and the run goes on. */
export async function recordOrSay(write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    console.error(`\n${(error as Error).message}: the report is not up to date, the run goes on`);
  }
}
