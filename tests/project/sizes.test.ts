import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ROOT } from './temp.ts';

const LONGEST = 400;
const MEDIAN = 80;

/** Source files of the project: those that git knows or would take. */
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: ROOT })
  .toString()
  .split('\n')
  .filter((file) => /\.(ts|mjs|py)$/.test(file) && existsSync(`${ROOT}/${file}`));

describe('the size of files', () => {
  test(`is at most ${LONGEST} lines`, () => {
    const long = files.filter((file) => lines(file) > LONGEST);
    expect(files).toContain('deploy/check.ts');
    expect(long).toEqual([]);
  });

  test(`has a median under ${MEDIAN} lines in the server`, () => {
    const sizes = files.filter((file) => file.startsWith('control-plane/src/')).map(lines);
    const median = sizes.sort((a, b) => a - b)[Math.floor(sizes.length / 2)];
    expect(median).toBeLessThan(MEDIAN);
  });
});

function lines(file: string): number {
  return readFileSync(`${ROOT}/${file}`, 'utf8').split('\n').length - 1;
}
