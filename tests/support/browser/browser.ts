import { CookieJar, type Journey } from './cookies.ts';
import { type Form, formsOf } from './forms.ts';

const MAX_REDIRECTS = 10;

/** What a browser shows: the last answer of a chain of redirects. */
export interface Page {
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly forms: readonly Form[];
}

/** A browser without scripts, over the network: keeps cookies, follows redirects, and sends forms. */
export class Browser {
  readonly cookies = new CookieJar();
  #page: Page | undefined;

  /** What it shows now. @throws where it was nowhere yet */
  get page(): Page {
    if (!this.#page) throw new Error('This browser shows nothing yet.');
    return this.#page;
  }

  /** Goes to an address that a person typed. */
  get(url: string): Promise<Page> {
    return this.#go({ url: new URL(url), method: 'GET', from: undefined });
  }

  /**
   * Sends a form of the shown page, with the fields that it has, hidden ones too, and those that are given.
   *
   * @param action where the form goes, as the page writes it
   * @throws where the shown page has no such form
   */
  submit(action: string, fields: Readonly<Record<string, string>> = {}): Promise<Page> {
    const { page } = this;
    const form = page.forms.find((one) => one.action === action);
    if (!form) throw new Error(`There is no form to ${action} at ${page.url.href}:\n${page.text}`);
    const url = new URL(form.action, page.url);
    const values = new URLSearchParams({ ...form.fields, ...fields });
    if (form.method === 'POST') return this.#go({ url, method: 'POST', from: page.url }, values);
    url.search = values.toString();
    return this.#go({ url, method: 'GET', from: page.url });
  }

  async #go(start: Journey, body?: URLSearchParams): Promise<Page> {
    let journey = start;
    let form = body;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const answer = await fetch(journey.url, {
        method: journey.method,
        redirect: 'manual',
        headers: this.#headers(journey),
        ...(form && { body: form }),
      });
      for (const line of answer.headers.getSetCookie()) this.cookies.keep(line, journey.url);
      const next = redirectOf(answer, journey);
      if (next === undefined) return this.#show(journey.url, answer);
      await answer.body?.cancel();
      if (next.method === 'GET') form = undefined;
      journey = next;
    }
    throw new Error(`${start.url.href} leads on and on.`);
  }

  #headers(journey: Journey): Record<string, string> {
    const cookie = this.cookies.header(journey);
    const { from, method, url } = journey;
    return {
      accept: 'text/html,*/*;q=0.8',
      'sec-fetch-site':
        from === undefined ? 'none' : from.origin === url.origin ? 'same-origin' : 'cross-site',
      ...(cookie === '' ? {} : { cookie }),
      ...(method === 'POST' && from ? { origin: from.origin } : {}),
    };
  }

  async #show(url: URL, answer: Response): Promise<Page> {
    const text = await answer.text();
    this.#page = { url, status: answer.status, headers: answer.headers, text, forms: formsOf(text) };
    return this.#page;
  }
}

/** The next step of a redirect, as browsers take it: only 307 and 308 repeat a POST. */
function redirectOf(answer: Response, { url, method, from }: Journey): Journey | undefined {
  const location = answer.headers.get('location');
  if (location === null || answer.status < 300 || answer.status > 399) return undefined;
  const repeats = answer.status === 307 || answer.status === 308;
  return { url: new URL(location, url), method: repeats ? method : 'GET', from };
}
