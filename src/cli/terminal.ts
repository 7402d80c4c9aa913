import type { Paint } from '../report/text.ts';
import type { LintArguments } from './argument-types.ts';

/** What a command may do to the world around it. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  readStdin(): Buffer;
  paint(stream: 'out' | 'err', color: LintArguments['color']): Promise<Paint>;
  /** Called before a run over many files. */
  prepareForMany(): Promise<void>;
}
