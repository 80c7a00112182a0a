import { Visitor } from '@swc/core/Visitor.js';

interface Statement {
  readonly type: string;
}

/**
 * Teaches the walker of dependency-cruiser's parser `using` and `await using`, at which it stops.
 * What is declared is walked like any variable, so that an `import()` in it is seen.
 */
export function teachUsing(): void {
  // oxlint-disable-next-line typescript/unbound-method -- called with its `this` below
  const known = Visitor.prototype.visitStatement;
  Visitor.prototype.visitStatement = function visit(statement) {
    const { type } = statement as Statement;
    if (type !== 'UsingDeclaration') return known.call(this, statement);
    const { decls } = statement as unknown as { decls: Parameters<Visitor['visitVariableDeclarators']>[0] };
    this.visitVariableDeclarators(decls);
    return statement;
  };
}
