import { AdminError } from '../accounts/admin.ts';
import { ArchiveError } from '../archive/error.ts';
import { ConfigError } from '../config/environment.ts';
import { CodedError } from '../kernel/errors.ts';

/** A command was asked for in a way that it does not know. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Runs a command of the operator: what an operator can do something about is told without a stack. */
export async function runCommand(usage: string, command: () => Promise<void>): Promise<void> {
  if (process.argv.includes('--help')) {
    console.log(usage);
    return;
  }
  try {
    await command();
  } catch (error) {
    process.exitCode = 1;
    if (error instanceof UsageError) console.error(`${error.message}\n\n${usage}`);
    else if (error instanceof ConfigError) console.error(error.lines.join('\n'));
    else console.error(isForOperators(error) ? error.message : error);
  }
}

function isForOperators(error: unknown): error is Error {
  if (error instanceof ArchiveError || error instanceof AdminError || error instanceof CodedError)
    return true;
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

/** A store that cannot go on ends the command. */
export function endOnFatal(error: Error): void {
  console.error(error.message);
  process.exit(1);
}
