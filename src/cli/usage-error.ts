/** A command line that asks for what cannot be. */
export class UsageError extends Error {}
