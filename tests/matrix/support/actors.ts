import type { Channel, World } from './world.ts';

/** Somebody who calls: with which token, and as which seat. */
export interface Actor {
  readonly token: (world: World) => string | undefined;
  /** The handle that is named where the operation takes one. */
  readonly seat?: (channel: Channel) => string;
}

/** Everybody of the matrix. Whoever has no account here is refused before anything else is looked at. */
export const ACTORS = {
  'the admin, without a seat': { token: ({ tokens }) => tokens.admin },
  'a member': { token: ({ tokens }) => tokens.member },
  'two seats, one named': { token: ({ tokens }) => tokens.double, seat: ({ handles }) => handles.two },
  'two seats, none named': { token: ({ tokens }) => tokens.double },
  "another's handle": { token: ({ tokens }) => tokens.member, seat: ({ handles }) => handles.one },
  'an evicted tenure': { token: ({ tokens }) => tokens.evicted },
  "an evicted tenure's handle": {
    token: ({ tokens }) => tokens.evicted,
    seat: ({ handles }) => handles.evicted,
  },
  'another account': { token: ({ tokens }) => tokens.stranger },
  nobody: { token: () => undefined },
  'a revoked token': { token: ({ tokens }) => tokens.revoked },
  "another server's token": { token: ({ tokens }) => tokens.foreign },
  'a banned account': { token: ({ tokens }) => tokens.banned },
  'a client that nobody stands behind': { token: ({ tokens }) => tokens.ownerless },
} as const satisfies Record<string, Actor>;

export type ActorName = keyof typeof ACTORS;
