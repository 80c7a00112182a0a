import { isRecord, Problem, unreachable } from '../client/problem.ts';

const HEADERS = { accept: 'application/json' };

/** A person's pages, read as data: keeps the cookies that signing in gives. */
export class AccountPages {
  readonly #baseUrl: string;
  readonly #cookies = new Map<string, string>();
  #formToken = '';
  constructor(baseUrl: string) {
    this.#baseUrl = baseUrl;
  }

  /** @throws {Problem} */
  async signIn(name: string, password: string): Promise<void> {
    await this.token();
    await this.send('/signin', { name, password });
  }

  /** Takes what the first form needs. @throws {Problem} */
  async token(): Promise<void> {
    await this.#ask('/signin');
  }

  /** What is connected. @throws {Problem} */
  read(): Promise<Record<string, unknown>> {
    return this.#ask('/account');
  }

  /** Sends a form. @throws {Problem} */
  send(path: string, fields: Readonly<Record<string, string>>): Promise<Record<string, unknown>> {
    return this.#ask(path, new URLSearchParams({ ...fields, form_token: this.#formToken }));
  }

  async #ask(path: string, form?: URLSearchParams): Promise<Record<string, unknown>> {
    const cookie = [...this.#cookies].map((pair) => pair.join('=')).join('; ');
    const init = form === undefined ? {} : { method: 'POST', body: form };
    const answer = await fetch(this.#baseUrl + path, {
      ...init,
      headers: { ...HEADERS, cookie },
      redirect: 'manual',
    }).catch((error: unknown) => {
      throw unreachable(this.#baseUrl, error);
    });
    for (const line of answer.headers.getSetCookie()) this.#keep(line);
    const body: unknown = await answer.json().catch(() => undefined);
    if (answer.status === 404)
      throw new Problem('OPEN_MODE', 'Nobody signs in at this server.', 'It is in open mode: docs/oauth.md.');
    if (!answer.ok || !isRecord(body)) throw refusal(body, answer.status);
    if (typeof body['form_token'] === 'string') this.#formToken = body['form_token'];
    return body;
  }

  #keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (value === '') this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}

function refusal(body: unknown, status: number): Problem {
  const { error, message } = isRecord(body) ? body : {};
  const said = typeof message === 'string' ? message : `The server answered ${status}.`;
  return new Problem(
    typeof error === 'string' ? error : 'BAD_ANSWER',
    said,
    'Check the name and the password.',
  );
}
