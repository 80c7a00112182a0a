/** The engine's own form of a seccomp profile (Docker's; a superset of `linux.seccomp` in the OCI runtime specification). */
export interface Profile {
  readonly defaultAction: Action;
  /** The one whose architecture is the machine's is taken; a call by any other one's numbers kills. */
  readonly archMap: readonly {
    readonly architecture: string;
    readonly subArchitectures: readonly string[];
  }[];
  readonly syscalls: readonly Rule[];
}

export type Action = 'SCMP_ACT_ALLOW' | 'SCMP_ACT_ERRNO' | 'SCMP_ACT_TRAP' | 'SCMP_ACT_LOG';

/** Holds for a call of any of these names whose arguments meet all conditions; several rules for a name are alternatives. */
export interface Rule {
  readonly names: readonly string[];
  readonly action: Action;
  /** The errno that SCMP_ACT_ERRNO gives; EPERM where none is named. */
  readonly errnoRet?: number;
  readonly args?: readonly Condition[];
}

/** Argument number `index`, of which the bits of `value` are looked at, is `valueTwo`. */
export interface Condition {
  readonly index: number;
  readonly value: number;
  readonly valueTwo: number;
  readonly op: 'SCMP_CMP_MASKED_EQ';
}

const INT = 0xffff_ffff;

/**
 * A condition on an argument that the kernel reads as 32 bits: what stands in the register's upper half,
 * which a caller may leave as it was, says nothing.
 */
export function int(index: number, value: number): Condition {
  return bits(index, INT, value);
}

/** A condition on some of the lower 32 bits of an argument. */
export function bits(index: number, mask: number, value: number): Condition {
  return { index, value: mask >>> 0, valueTwo: value >>> 0, op: 'SCMP_CMP_MASKED_EQ' };
}

/** Allows the calls that meet all conditions. */
export function allow(names: readonly string[], ...args: Condition[]): Rule {
  return { names, action: 'SCMP_ACT_ALLOW', ...(args.length > 0 ? { args } : {}) };
}
