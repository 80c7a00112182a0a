/** A form of a page, with the values that it has before anybody types. */
export interface Form {
  readonly action: string;
  readonly method: 'GET' | 'POST';
  /** Fields by name; those of buttons are left to whoever presses one. */
  readonly fields: Readonly<Record<string, string>>;
}

/** The forms of a page, in their order. Reads the HTML that the server's own templates write. */
export function formsOf(html: string): Form[] {
  return [...html.matchAll(/<form\b([^>]*)>([^]*?)<\/form>/g)].map(([, head = '', body = '']) => {
    const attributes = attributesOf(head);
    const inputs = [...body.matchAll(/<input\b([^>]*)>/g)].map(([, text = '']) => attributesOf(text));
    const named = inputs.filter(({ name, type }) => name !== undefined && type !== 'submit');
    return {
      action: attributes['action'] ?? '',
      method: attributes['method']?.toLowerCase() === 'post' ? 'POST' : 'GET',
      fields: Object.fromEntries(named.map(({ name, value }) => [name, value ?? ''])),
    };
  });
}

function attributesOf(text: string): Record<string, string> {
  const found = text.matchAll(/([\w-]+)(?:="([^"]*)")?/g);
  return Object.fromEntries([...found].map(([, name = '', value = '']) => [name, unescape(value)]));
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

function unescape(text: string): string {
  return text.replace(/&(#?\w+);/g, (whole, name: string) => ENTITIES[name] ?? whole);
}
