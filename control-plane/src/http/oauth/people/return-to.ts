const HOME = '/account';
const PLACES = /^\/(?:account|oauth\/authorize\?[\x21-\x7e]*)$/;

/** Where a person goes after signing in: a page of ours, whatever the form says. */
export function returnPlace(given: string | undefined): string {
  return given !== undefined && PLACES.test(given) && !given.includes('\\') ? given : HOME;
}
