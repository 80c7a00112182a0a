import { COMMON, type Command, type Option } from './command.ts';
import { VARIABLES } from './settings.ts';

const CALL = 'npm run client --';

/** The help of the whole command line. */
export function overview(commands: readonly Command[]): string {
  return [
    `Usage: ${CALL} <command> [arguments] [options]`,
    '',
    'Commands',
    ...table(commands.map(({ name, summary }) => [name, summary])),
    '',
    'Environment',
    ...table(VARIABLES),
    '',
    'Exit codes: 0 done, 1 the server or a check said no, 2 the command line is wrong.',
    `"${CALL} <command> --help" tells more about one command.`,
  ].join('\n');
}

/** The help of one command. */
export function helpOf({ name, summary, args, options, example }: Command): string {
  const shown = args.map((arg) => (arg.startsWith('[') ? arg : `<${arg}>`));
  return [
    `Usage: ${[CALL, name, ...shown, '[options]'].join(' ')}`,
    '',
    `${summary[0]?.toUpperCase()}${summary.slice(1)}.`,
    '',
    'Options',
    ...table(
      Object.entries({ ...options, ...COMMON }).map(([key, option]) => [flagOf(key, option), option.help]),
    ),
    '',
    `Example: ${CALL} ${example}`,
  ].join('\n');
}

function flagOf(name: string, { value, multiple }: Option): string {
  const flag = value === undefined ? `--${name}` : `--${name} <${value}>`;
  return multiple ? `${flag} …` : flag;
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
