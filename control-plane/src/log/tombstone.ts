/** Tag of the commit that makes a stream start anew: all before it may be erased. */
export const TOMBSTONE_TAG = 'tombstone';
