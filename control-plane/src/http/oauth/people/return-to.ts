const HOME = '/account';
const PLACES = /^\/(?:account|oauth\/authorize\?[\x21-\x7e]*)$/;

/** Where a person goes after signing in: a page of ours, whatever the form says. A list is no place. */
export function returnPlace(given: unknown): string {
  return typeof given === 'string' && PLACES.test(given) && !given.includes('\\') ? given : HOME;
}
