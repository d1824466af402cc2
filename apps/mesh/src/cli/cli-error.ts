/** An error in kubectl's words: printed as it is, exit code 1. */
export class CliError extends Error {}
