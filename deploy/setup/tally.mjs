/** A vitest reporter: prints the counts that tests leave, such as how many cells of a matrix were held. */
export default class Tally {
  /** @param {readonly import('vitest/node').TestModule[]} modules */
  onTestRunEnd(modules) {
    const lines = modules.flatMap((module) =>
      [...module.children.allTests()].flatMap((test) => counted(test)),
    );
    if (lines.length > 0) console.log(['Counted:', ...lines.toSorted(), ''].join('\n'));
  }
}

/** @param {import('vitest/node').TestCase} test @returns {string[]} */
function counted(test) {
  const { tally } = /** @type {{ tally?: string }} */ (test.meta());
  return tally === undefined ? [] : [`  ${tally}${test.result().state === 'passed' ? '' : ' (FAILED)'}`];
}
