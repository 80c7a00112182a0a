import { CodedError } from '../kernel/errors.ts';
import { canonicalJson } from '../kernel/json/canonical.ts';
import type { Json, JsonObject } from '../kernel/json/value.ts';
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
  readonly network?: 'off' | 'public' | readonly string[] | undefined;
  readonly manifest?: Readonly<Record<string, unknown>> | undefined;
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
  readonly network: Json;
}

/**
 * Finds a bot's code: a preset's or the caller's own.
 *
 * @param field where the request stands in the caller's input, for errors
 * @param paramsField where its parameters stand
 * @param label the slot's label, which names inline code that has no name
 * @throws UNKNOWN_PRESET, INVALID_REQUEST or TOO_LARGE
 */
export function resolveSource(
  request: BotRequest,
  presets: ReadonlyMap<string, Preset>,
  field: string,
  paramsField: string,
  label: string,
): BotSource {
  const { code_ref, inline_code } = request;
  if ((code_ref === undefined) === (inline_code === undefined)) {
    throw new CodedError('INVALID_REQUEST', {
      field,
      message: 'Give either code_ref or inline_code for each bot.',
    });
  }
  const found =
    inline_code === undefined
      ? ofPreset(request, presets, field, paramsField)
      : ofInline(request, inline_code, label);
  requireSize(found.source, MAX_SOURCE_BYTES);
  requireSize(canonicalJson(found.params), MAX_SETTINGS_BYTES);
  requireSize(canonicalJson(found.env), MAX_SETTINGS_BYTES);
  return found;
}

function ofPreset(
  request: BotRequest,
  presets: ReadonlyMap<string, Preset>,
  field: string,
  paramsField: string,
): BotSource {
  const name = request.code_ref?.replace(/^builtin:\/\//, '') ?? '';
  const preset = presets.get(name);
  if (!preset) throw new CodedError('UNKNOWN_PRESET', { field, presets: [...presets.keys()].sort() });
  return {
    name: request.name ?? preset.name,
    version: preset.version,
    summary: preset.summary,
    code_ref: `builtin://${preset.name}`,
    source: preset.source,
    params: presetParams(preset, request.params ?? {}, paramsField),
    env: { ...preset.env, ...request.env },
    network: request.network ?? preset.network,
  };
}

function ofInline(request: BotRequest, source: string, label: string): BotSource {
  const { summary, version } = request.manifest ?? {};
  const usable = /^[A-Za-z][A-Za-z0-9_-]{0,39}$/.test(label);
  return {
    name: request.name ?? (usable ? label : 'CustomBot'),
    version: request.version ?? (typeof version === 'string' ? version.slice(0, 40) : '1.0'),
    summary: typeof summary === 'string' ? summary.slice(0, 500) : '',
    code_ref: null,
    source,
    params: (request.params ?? {}) as JsonObject,
    env: request.env ?? {},
    network: request.network ?? 'off',
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
