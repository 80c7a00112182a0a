type Write = (fields: Readonly<Record<string, unknown>>, message: string) => void;

/** Where services tell the operator what happened; pino fits. Never given tokens, codes or bodies. */
export interface Logger {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
}
