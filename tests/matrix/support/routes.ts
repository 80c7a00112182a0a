import type { FastifyInstance } from 'fastify';

/** Every route of the application as `METHOD /path`, as its router prints them: HEAD goes with GET. */
export function routesOf(app: FastifyInstance): readonly string[] {
  const above: string[] = [];
  const lines = app.printRoutes({ commonPrefix: false }).split('\n').filter(Boolean);
  return lines.flatMap((line) => {
    const [, indent = '', part = '', methods = ''] =
      /^(.*?[├└]── )(\S+)(?: \(([A-Z, ]+)\))?$/.exec(line) ?? [];
    const depth = indent.length / 4 - 1;
    const path = depth === 0 ? part : joined(above[depth - 1] ?? '', part);
    above.length = depth;
    above.push(path);
    const named = methods.split(', ').filter((method) => method !== '' && method !== 'HEAD');
    return named.map((method) => `${method} ${path}`);
  });
}

function joined(parent: string, part: string): string {
  return parent.endsWith('/') && part.startsWith('/') ? parent + part.slice(1) : parent + part;
}
