/** A vitest reporter: a run in which everything was skipped is no success. */
export default class SomeTestRan {
  /** @param {readonly import('vitest/node').TestModule[]} modules */
  onTestRunEnd(modules) {
    const passed = modules.some((module) => !module.children.allTests('passed').next().done);
    if (passed || process.exitCode) return;
    console.error('No test ran.');
    process.exitCode = 1;
  }
}
