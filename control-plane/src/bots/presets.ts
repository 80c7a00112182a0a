import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

const parameter = z.strictObject({
  type: z.enum(['integer', 'number', 'string', 'boolean']),
  default: z.union([z.number(), z.string(), z.boolean()]),
  min: z.number().optional(),
  max: z.number().optional(),
  description: z.string(),
});

const presetManifest = z.strictObject({
  name: z.string(),
  version: z.string(),
  summary: z.string(),
  class_name: z.string(),
  file: z.string().regex(/^[a-z0-9_]+\.py$/),
  hooks: z.array(z.string()),
  params: z.record(z.string(), parameter),
  env: z.record(z.string(), z.string()),
  network: z.union([z.enum(['off', 'public']), z.array(z.string())]),
});

export type PresetParameter = z.output<typeof parameter>;

/** A bot that comes with the server. Its source goes the same way as inline code. */
export interface Preset extends z.output<typeof presetManifest> {
  readonly source: string;
}

/** The presets of a directory: each folder holds a `manifest.json` that names its Python file. */
export async function loadPresets(directory: string): Promise<ReadonlyMap<string, Preset>> {
  const folders = (await readdir(directory, { withFileTypes: true })).filter((item) => item.isDirectory());
  const presets = await Promise.all(folders.map((folder) => loadPreset(path.join(directory, folder.name))));
  return new Map(presets.map((preset) => [preset.name, preset]));
}

async function loadPreset(folder: string): Promise<Preset> {
  const manifest = presetManifest.parse(
    JSON.parse(await readFile(path.join(folder, 'manifest.json'), 'utf8')),
  );
  return { ...manifest, source: await readFile(path.join(folder, manifest.file), 'utf8') };
}
