import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { html, type Markup } from '../../../html.ts';

const STYLE = `
:root { color-scheme: light dark; --line: #8886; --strong: #0b5fff; }
* { box-sizing: border-box; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 0 auto; padding: 2rem 1rem; }
h1 { font-size: 1.5rem; line-height: 1.25; }
h2 { font-size: 1.1rem; margin-top: 2rem; }
form, fieldset { margin: 0 0 1rem; }
fieldset { border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; }
label { display: block; margin-bottom: .75rem; }
input { display: block; width: 100%; font: inherit; padding: .5rem; border: 1px solid var(--line); border-radius: .375rem; }
button { font: inherit; padding: .5rem 1rem; border: 1px solid var(--line); border-radius: .375rem; cursor: pointer; }
button.main { background: var(--strong); border-color: var(--strong); color: #fff; }
.row { display: flex; gap: .75rem; flex-wrap: wrap; align-items: center; justify-content: space-between; }
.item { border-top: 1px solid var(--line); padding: .75rem 0; }
.item form { margin: 0; }
.said { border-left: 4px solid var(--strong); padding: .5rem .75rem; }
.refused { border-left: 4px solid #c62828; padding: .5rem .75rem; }
small { opacity: .75; }
code { overflow-wrap: anywhere; }
strong { overflow-wrap: anywhere; }
`;
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

export interface Page {
  readonly title: string;
  readonly body: Markup;
  /**
   * True where a form leads to another site. `form-action` cannot tell which: browsers hold every redirect on
   * the way against it, and clients send people on to hosts and applications that only they know.
   */
  readonly leadsAway?: true;
  /** An address that the browser goes on to by itself. */
  readonly goesOnTo?: string;
}

/** Answers with a page that runs nothing, loads nothing, and cannot be framed. */
export function sendPage(reply: FastifyReply, { title, body, leadsAway, goesOnTo }: Page): FastifyReply {
  const page = html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title} · MCP Multiplayer</title>${goesOnTo === undefined ? undefined : html`<meta http-equiv="refresh" content="0; url=${goesOnTo}">`}`;
  const formAction = leadsAway ? '' : " form-action 'self';";
  return reply
    .headers({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}';${formAction} frame-ancestors 'none'; base-uri 'none'`,
      'x-frame-options': 'DENY',
      // Not no-referrer: browsers would then send their forms with an Origin of null.
      'referrer-policy': 'same-origin',
    })
    .send(
      `${page.text}<style>${STYLE}</style></head><body><main><h1>${html`${title}`.text}</h1>${body.text}</main></body></html>\n`,
    );
}

/** A sentence about what was done, or why it was not. */
export function notice(text: string | undefined, kind: 'said' | 'refused'): Markup | undefined {
  return text === undefined
    ? undefined
    : html`<p class="${kind}" role="${kind === 'said' ? 'status' : 'alert'}">${text}</p>`;
}
