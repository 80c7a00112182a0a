import type { TestContext } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** A line of counts that is printed at the end of the whole run. */
    tally?: string;
  }
}

/** Leaves a line of counts for the end of the run. */
export function tally({ task }: Pick<TestContext, 'task'>, line: string): void {
  task.meta.tally = line;
}
