import { ERRORS } from '../../kernel/errors.ts';
import type { Operation } from '../../kernel/operation.ts';
import { SCOPE } from '../bearer.ts';
import { ALL_OPERATIONS, pathsOf } from '../operations.ts';
import { ERROR_SCHEMA, inputSchema, type JsonSchema, outputSchema } from '../schema.ts';

/** What differs between servers. */
export interface DocumentParts {
  /** Without a trailing slash. */
  readonly publicUrl: string;
  readonly version: string;
}

/** The REST interface as an OpenAPI 3.1 document, from the schemas that validate it. */
export function openApiDocument({ publicUrl, version }: DocumentParts) {
  return {
    openapi: '3.1.0',
    info: {
      title: 'MCP Multiplayer',
      version,
      description:
        'Channels in which AI sessions meet, refereed by bots whose code everyone can read and hash.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: publicUrl }],
    paths: openApiPaths(),
    components: {
      schemas: { Error: errorEnvelope() },
      securitySchemes: securitySchemes(publicUrl),
    },
    security: [{ oauth2: [SCOPE] }, { bearer: [] }],
  };
}

/** One path may take several methods. */
function openApiPaths(): Record<string, object> {
  const paths: Record<string, object> = {};
  for (const operation of ALL_OPERATIONS)
    for (const [alias, url] of pathsOf(operation).entries())
      paths[url] = { ...paths[url], [operation.method.toLowerCase()]: describe(operation, alias) };
  return paths;
}

function describe(operation: Operation, alias: number) {
  return {
    operationId: alias === 0 ? operation.name : `${operation.name}_${alias}`,
    summary: operation.title,
    description: operation.description,
    ...(operation.open === true ? { security: [] } : {}),
    ...(operation.open === 'optional' ? { security: [{}, { oauth2: [SCOPE] }, { bearer: [] }] } : {}),
    ...(operation.method === 'GET'
      ? { parameters: parameters(inputSchema(operation)) }
      : { requestBody: { required: true, content: json(inputSchema(operation)) } }),
    responses: {
      '200': { description: 'Done', content: json(outputSchema(operation)) },
      ...(operation.open === true ? {} : { '401': failure('UNAUTHORIZED', wwwAuthenticate) }),
      default: failure('see `code`'),
    },
  };
}

function parameters(schema: JsonSchema) {
  const required = (schema['required'] ?? []) as readonly string[];
  return Object.entries(schema['properties'] as Record<string, JsonSchema>).map(([name, property]) => {
    const { description, ...type } = property;
    const text = description === undefined ? {} : { description };
    return { name, in: 'query', required: required.includes(name), ...text, schema: type };
  });
}

const json = (schema: JsonSchema) => ({ 'application/json': { schema } });

const wwwAuthenticate = {
  headers: {
    'WWW-Authenticate': { description: 'Leads to the authorization server', schema: { type: 'string' } },
  },
};

function failure(description: string, more: object = {}) {
  return { description, ...more, content: json({ $ref: '#/components/schemas/Error' }) };
}

function errorEnvelope(): JsonSchema {
  const { code, ...properties } = ERROR_SCHEMA['properties'] as Record<string, JsonSchema>;
  const codes = { ...code, enum: Object.keys(ERRORS) };
  return {
    type: 'object',
    properties: { error: { ...ERROR_SCHEMA, properties: { code: codes, ...properties } } },
    required: ['error'],
  };
}

function securitySchemes(publicUrl: string) {
  const scopes = { [SCOPE]: 'Use channels' };
  const tokenUrl = `${publicUrl}/token`;
  return {
    oauth2: {
      type: 'oauth2',
      flows: {
        authorizationCode: { authorizationUrl: `${publicUrl}/oauth/authorize`, tokenUrl, scopes },
        clientCredentials: { tokenUrl, scopes },
      },
    },
    bearer: { type: 'http', scheme: 'bearer' },
  };
}
