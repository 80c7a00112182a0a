/** A vitest reporter: names what was skipped, each group once, so that nobody takes it for tested. */
export default class SkippedTests {
  #isFiltered = false;

  /** @param {import('vitest/node').Vitest} vitest */
  onInit({ config }) {
    // What a name on the command line leaves out is not skipped.
    this.#isFiltered = config.testNamePattern !== undefined;
  }

  /** @param {readonly import('vitest/node').TestModule[]} modules */
  onTestRunEnd(modules) {
    if (this.#isFiltered) return;
    const lines = modules.flatMap((module) => skipped(module));
    if (lines.length > 0) console.log(['Skipped:', ...lines, ''].join('\n'));
  }
}

/**
 * @param {import('vitest/node').TestModule | import('vitest/node').TestSuite} group
 * @returns {string[]}
 */
function skipped(group) {
  return [...group.children].flatMap((child) => {
    if (child.type === 'suite') {
      if (child.state() !== 'skipped') return skipped(child);
      return [line(child, `${[...child.children.allTests()].length} tests`)];
    }
    const result = child.result();
    return result.state === 'skipped' ? [line(child, result.note)] : [];
  });
}

/** @param {import('vitest/node').TestSuite | import('vitest/node').TestCase} what @param {string} [note] */
function line({ module, fullName }, note) {
  return `  ${module.relativeModuleId}: ${fullName}${note ? ` (${note})` : ''}`;
}
