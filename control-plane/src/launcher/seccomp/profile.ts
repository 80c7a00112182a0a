import { CALLS } from './calls.ts';
import { FILTERED } from './filters.ts';
import { allow, type Profile } from './format.ts';

const ENOSYS = 38;

/**
 * What a bot's container may ask of the kernel: what Python, the dynamic loader and the last steps of
 * the OCI runtime need, and nothing else. Everything else fails with EPERM.
 */
const PROFILE: Profile = {
  defaultAction: 'SCMP_ACT_ERRNO',
  // Without sub-architectures: i386 and x32 calls on x86_64, and 32 bit ARM calls, kill the caller.
  archMap: [
    { architecture: 'SCMP_ARCH_X86_64', subArchitectures: [] },
    { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: [] },
  ],
  syscalls: [
    // Its flags lie in memory, where no filter sees them; the C library falls back to clone.
    { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS },
    allow(Object.values(CALLS).flat()),
    ...FILTERED,
  ],
};

/** The profile as JSON text, for `SecurityOpt: ['seccomp=…']`. */
export const SECCOMP_PROFILE: string = JSON.stringify(PROFILE);
