import type { FastifyInstance } from 'fastify';
import { type Parameters, parametersOf, parseForm } from '../../identity/parameters.ts';
import type { Json } from '../../kernel/json/value.ts';

/** A form body, told apart from anything that JSON can hold. */
class FormBody {
  readonly parameters: Parameters;
  constructor(text: string) {
    this.parameters = parseForm(text);
  }
}

/** Makes the routes of this scope read `application/x-www-form-urlencoded` bodies. */
export function acceptForms(app: FastifyInstance): void {
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (_request: unknown, body: unknown) => {
      return new FormBody(String(body));
    },
  );
}

/** The parameters of a body that came as a form or as JSON. @throws {OAuthRefusal} invalid_request */
export function parametersFrom(body: unknown): Parameters {
  return body instanceof FormBody ? body.parameters : parametersOf(body as Json | undefined);
}
