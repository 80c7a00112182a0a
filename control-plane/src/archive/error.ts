/** An archive that cannot be used: it is not one, is cut short, was changed, or does not fit the store. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
}
