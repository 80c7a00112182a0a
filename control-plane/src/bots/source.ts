import { CodedError } from '../kernel/errors.ts';
import { canonicalJson } from '../kernel/json/canonical.ts';
import { holdsHidden } from '../kernel/json/visible.ts';
import type { Json, JsonObject } from '../kernel/json/value.ts';
import { type NetworkRequest, readNetwork } from './network.ts';
import type { Preset, PresetParameter } from './presets.ts';

/** Bytes of UTF-8. */
const MAX_SOURCE_BYTES = 64 * 1024;
const MAX_SETTINGS_BYTES = 16 * 1024;

/** Where a caller says a bot's code comes from. */
export interface BotRequest {
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  readonly code_ref?: string | undefined;
  readonly inline_code?: string | undefined;
  readonly params?: Readonly<Record<string, unknown>> | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly network?: NetworkRequest;
  readonly manifest?: Readonly<Record<string, unknown>> | undefined;
}

/** Where the parts of a request stand in the caller's input. */
export interface BotFields {
  readonly request: string;
  readonly params: string;
  readonly network: string;
  readonly manifest: string;
}

/** The parts of a request that is an object of its own, such as `bots.0`. */
export function fieldsBelow(request: string): BotFields {
  return {
    request,
    params: `${request}.params`,
    network: `${request}.network`,
    manifest: `${request}.manifest`,
  };
}

/** A bot whose code and settings are known, not yet whether it runs. */
export interface BotSource {
  readonly name: string;
  readonly version: string;
  readonly summary: string;
  readonly code_ref: string | null;
  readonly source: string;
  readonly params: JsonObject;
  readonly env: Readonly<Record<string, string>>;
  /** Undefined where nobody said: then its imports do. */
  readonly network: NetworkRequest;
}

/**
 * Finds a bot's code: a preset's or the caller's own.
 *
 * @param fields where the request and its parts stand in the caller's input, for errors
 * @param label the slot's label, which names inline code that has no name
 * @throws UNKNOWN_PRESET, INVALID_REQUEST or TOO_LARGE
 */
export function resolveSource(
  request: BotRequest,
  presets: ReadonlyMap<string, Preset>,
  fields: BotFields,
  label: string,
): BotSource {
  const { code_ref, inline_code } = request;
  if ((code_ref === undefined) === (inline_code === undefined)) {
    throw new CodedError('INVALID_REQUEST', {
      field: fields.request,
      message: 'Give either code_ref or inline_code for each bot.',
    });
  }
  const found =
    inline_code === undefined
      ? ofPreset(request, presets, fields)
      : ofInline(request, inline_code, fields, label);
  requireSize(found.source, MAX_SOURCE_BYTES);
  requireSize(canonicalJson(found.params), MAX_SETTINGS_BYTES);
  requireSize(canonicalJson(found.env), MAX_SETTINGS_BYTES);
  return found;
}

function ofPreset(request: BotRequest, presets: ReadonlyMap<string, Preset>, fields: BotFields): BotSource {
  const name = request.code_ref?.replace(/^builtin:\/\//, '') ?? '';
  const preset = presets.get(name);
  if (!preset)
    throw new CodedError('UNKNOWN_PRESET', { field: fields.request, presets: [...presets.keys()].sort() });
  return {
    name: request.name ?? preset.name,
    version: preset.version,
    summary: preset.summary,
    code_ref: `builtin://${preset.name}`,
    source: preset.source,
    params: presetParams(preset, request.params ?? {}, fields.params),
    env: { ...preset.env, ...request.env },
    network: readNetwork(request.network ?? preset.network, fields.network),
  };
}

function ofInline(request: BotRequest, source: string, fields: BotFields, label: string): BotSource {
  const { summary, version, network } = request.manifest ?? {};
  const usable = /^[A-Za-z][A-Za-z0-9_-]{0,39}$/.test(label);
  return {
    name: request.name ?? (usable ? label : 'CustomBot'),
    version:
      request.version ??
      (typeof version === 'string' && !holdsHidden(version) ? version.slice(0, 40) : '1.0'),
    summary: typeof summary === 'string' ? summary.slice(0, 500) : '',
    code_ref: null,
    source,
    params: (request.params ?? {}) as JsonObject,
    env: request.env ?? {},
    network:
      request.network === undefined
        ? readNetwork(network, `${fields.manifest}.network`)
        : readNetwork(request.network, fields.network),
  };
}

/** A preset's parameters with its defaults. */
function presetParams(preset: Preset, given: Readonly<Record<string, unknown>>, field: string): JsonObject {
  const params: Record<string, Json> = {};
  for (const [name, parameter] of Object.entries(preset.params)) {
    const value = Object.hasOwn(given, name) ? given[name] : parameter.default;
    params[name] = requireParameter(value, parameter, `${field}.${name}`);
  }
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(preset.params, name));
  if (unknown !== undefined) {
    const names = Object.keys(preset.params).join(', ') || 'none';
    throw new CodedError('INVALID_REQUEST', {
      field,
      message: `The preset takes these parameters: ${names}.`,
    });
  }
  return params;
}

function requireParameter(value: unknown, { type, min, max }: PresetParameter, field: string): Json {
  const typed = type === 'integer' ? Number.isInteger(value) : typeof value === type;
  const inRange =
    typeof value !== 'number' || ((min === undefined || value >= min) && (max === undefined || value <= max));
  if (typed && inRange) return value as Json;
  const range = min === undefined || max === undefined ? '' : ` from ${min} to ${max}`;
  throw new CodedError('INVALID_REQUEST', {
    field,
    message: `The parameter must be of type ${type}${range}.`,
  });
}

function requireSize(text: string, limit: number): void {
  if (Buffer.byteLength(text) > limit) throw new CodedError('TOO_LARGE', { limit_bytes: limit });
}
