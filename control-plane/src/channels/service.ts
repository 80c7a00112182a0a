import { attach } from './attach.ts';
import { create } from './create.ts';
import type { ChannelDeps } from './deps.ts';
import type { Handlers } from './handlers.ts';
import { code, info } from './info.ts';
import { join } from './join.ts';
import { list } from './list.ts';
import { withNextCalls } from './next-call.ts';
import { dm, post } from './post.ts';
import { sync } from './sync.ts';
import { update } from './update.ts';

/** The services behind every operation, as the edges call them. */
export function channelHandlers(deps: ChannelDeps): Handlers {
  return withNextCalls({
    health_check: () =>
      Promise.resolve({
        status: 'ok',
        version: deps.version,
        time: new Date(deps.clock.now()).toISOString(),
        next: 'Read doc://quick-start, or call list_channels to find your channels and create_channel to make one.',
      }),
    create_channel: (caller, input) => create(deps, caller, input),
    join_channel: (caller, input) => join(deps, caller, input),
    post_message: (caller, input, context) => post(deps, caller, input, context),
    dm_bot: (caller, input, context) => dm(deps, caller, input, context),
    sync_messages: (caller, input, context) => sync(deps, caller, input, context),
    get_channel_info: (caller, input) => info(deps, caller, input),
    get_bot_code: (caller, input) => code(deps, caller, input),
    list_channels: (caller, input) => list(deps, caller, input),
    update_channel: (caller, input) => update(deps, caller, input),
    attach_bot: (caller, input) => attach(deps, caller, input),
  });
}
