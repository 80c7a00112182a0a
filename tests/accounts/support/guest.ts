import type { FastifyInstance } from 'fastify';

/** What a browser shows after a request. */
export interface Shown {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Where it was sent on to, if it was. */
  readonly location: string | undefined;
}

/** A browser without JavaScript: keeps cookies, and sends the forms of the page that it shows. */
export class Guest {
  #app: FastifyInstance;
  readonly #origin: string;
  readonly #address: string;
  readonly cookies = new Map<string, string>();
  /** The Set-Cookie lines that it has seen. */
  readonly setCookies: string[] = [];
  shown: Shown = { status: 0, text: '', headers: {}, location: undefined };
  constructor(app: FastifyInstance, origin: string, address: string) {
    this.#app = app;
    this.#origin = origin;
    this.#address = address;
  }

  /** Has its next requests answered by another server, as a balancer may. */
  movesTo(app: FastifyInstance): void {
    this.#app = app;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Shown> {
    return this.#send('GET', path, headers);
  }

  /** Sends the form of the shown page that goes to `action`, with more fields filled in. */
  submit(
    action: string,
    fields: Readonly<Record<string, string>>,
    headers: Record<string, string> = {},
  ): Promise<Shown> {
    const body = new URLSearchParams({ ...this.hiddenFields(action), ...fields }).toString();
    return this.post(action, body, headers);
  }

  post(path: string, body: string, headers: Record<string, string> = {}): Promise<Shown> {
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    return this.#send(
      'POST',
      path,
      { ...type, origin: this.#origin, 'sec-fetch-site': 'same-origin', ...headers },
      body,
    );
  }

  /** The hidden fields of a form of the shown page. @throws where there is no such form */
  hiddenFields(action: string): Record<string, string> {
    const form = this.shown.text
      .split('<form ')
      .slice(1)
      .map((text) => text.split('</form>')[0] ?? '')
      .find((text) => text.includes(`action="${action}"`));
    if (form === undefined) throw new Error(`There is no form to ${action} in: ${this.shown.text}`);
    const fields = [...form.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)];
    return Object.fromEntries(fields.map(([, name = '', value = '']) => [name, unescape(value)]));
  }

  async #send(method: 'GET' | 'POST', path: string, headers: Record<string, string>, payload?: string) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await this.#app.inject({
      method,
      url: path,
      remoteAddress: this.#address,
      headers: { host: new URL(this.#origin).host, ...(cookie === '' ? {} : { cookie }), ...headers },
      ...(payload === undefined ? {} : { payload }),
    });
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) this.#keep(line);
    this.shown = {
      status: answer.statusCode,
      text: answer.body,
      headers: answer.headers,
      location: answer.headers.location,
    };
    return this.shown;
  }

  #keep(line: string): void {
    this.setCookies.push(line);
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (value === '' || /max-age=0/i.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}

/** Where a page goes on to by itself; empty for one that stays. */
export function leadsTo({ text }: Shown): string {
  return unescape(/<meta http-equiv="refresh" content="0; url=([^"]*)">/.exec(text)?.[1] ?? '');
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

function unescape(text: string): string {
  return text.replace(/&(#?\w+);/g, (whole, name: string) => ENTITIES[name] ?? whole);
}
