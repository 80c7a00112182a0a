import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ROOT } from './temp.ts';

const LONGEST = 400;
const MEDIAN = 80;

/** Source files of the project, whichever of its folders they are in. */
const files = readdirSync(ROOT, { withFileTypes: true })
  .filter((folder) => folder.isDirectory() && !/^(\.|node_modules$)/.test(folder.name))
  .flatMap(({ name: folder }) =>
    readdirSync(`${ROOT}/${folder}`, { recursive: true, encoding: 'utf8' }).map(
      (name) => `${folder}/${name}`,
    ),
  )
  .filter((file) => /\.(ts|mjs|py)$/.test(file) && !/(node_modules|\.venv)\//.test(file));

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
