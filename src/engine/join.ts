import type { Instruction } from '../dockerfile/instructions.ts';
import { contains } from '../dockerfile/range.ts';
import { type Stage, type Step, stageNamed } from '../dockerfile/stages.ts';
import type { HistoryEntry } from '../image/config.ts';
import { instructionOf } from '../image/history.ts';
import type { ImageFinding } from './image.ts';
import type { Finding } from './lint.ts';
import type { Rule } from './rule.ts';

/** Which instruction of a Dockerfile made which layer of an image. */
export interface Join {
  /** By layer; undefined for layers of the base image. */
  readonly instructions: readonly (Instruction | undefined)[];
  readonly baseLayers: number;
  /** The stages whose layers are in the image. */
  readonly stages: readonly Stage[];
}

/** A finding of a Dockerfile that an image has a word on. */
export interface JoinedFinding extends Finding {
  /** What the image shows of the same flaw. */
  readonly proof?: ImageFinding | undefined;
}

/** An image's finding with the instruction to change, where one is known. */
export interface PlacedFinding extends ImageFinding {
  readonly instruction: Instruction | undefined;
}

/** What a Dockerfile and the image that was built of it say together. */
export interface JoinedFindings {
  readonly dockerfile: readonly JoinedFinding[];
  /** What only the image shows. */
  readonly image: readonly PlacedFinding[];
  /** Guesses about the Dockerfile that the image disproves. */
  readonly disproved: readonly Finding[];
}

/**
 * Lays an image's history over the instructions of the stage it was built of, from the end: BuildKit, the classic builder and
 * buildah write a step for each, empty ones too. Returns in a sentence why they do not fit, where they do not.
 */
export function joinHistory(
  stages: readonly Stage[],
  history: readonly HistoryEntry[],
  layers: number,
  target: string | undefined,
): Join | string {
  const final = target === undefined ? stages.at(-1) : stageNamed(stages, target, stages.length);
  if (final === undefined)
    return target === undefined ? 'the Dockerfile has no stage' : `the Dockerfile has no stage "${target}"`;
  if (history.filter(({ isEmptyLayer }) => !isEmptyLayer).length !== layers)
    return 'the history of the image does not tell of its layers';
  const chain = chainOf(final);
  const steps = chain.flatMap((stage) => stage.steps);
  const made = new Map<number, Instruction>();
  let at = history.length - 1;
  for (let step = steps.pop(); step !== undefined; ) {
    const entry = history[at];
    const text = instructionOf(entry?.createdBy ?? '');
    if (entry !== undefined && isStepOf(step, text, entry.createdBy ?? '')) {
      made.set(at, step.instruction);
      at--;
      step = steps.pop();
    } else if (keywordOf(step) === 'ARG') step = steps.pop();
    else if (entry !== undefined && /^ARG\b/.test(text)) at--;
    else
      return `the image was not built of this Dockerfile: where that has \`${shorten(step.instruction.logical.text)}\`, the image has ${entry === undefined ? 'no step any more' : `\`${shorten(text)}\``}`;
  }
  const instructions: (Instruction | undefined)[] = [];
  for (const [index, { isEmptyLayer }] of history.entries()) if (!isEmptyLayer) instructions.push(made.get(index));
  const baseLayers = instructions.findIndex((instruction) => instruction !== undefined);
  return { instructions, baseLayers: baseLayers === -1 ? layers : baseLayers, stages: chain };
}

/**
 * Puts findings of both together: what both see is one finding at its words in the Dockerfile, with the image as proof; what
 * the image has no trace of, where the rule says that this decides, is dropped.
 */
export function joinFindings(
  dockerfile: readonly Finding[],
  image: readonly ImageFinding[],
  { instructions, stages }: Join,
  rules: readonly Rule[],
): JoinedFindings {
  const decisive = new Set(rules.filter(({ check }) => check.isDecisive === true).map(({ meta }) => meta.id));
  const used = new Set<ImageFinding>();
  const disproved: Finding[] = [];
  const kept = dockerfile.flatMap((finding): JoinedFinding[] => {
    const layer = instructions.findIndex((made) => made !== undefined && contains(made.range, finding.range));
    const isInImage =
      layer !== -1 ||
      stages.some(({ steps }) => steps.some(({ instruction }) => contains(instruction.range, finding.range)));
    if (!isInImage) return [finding];
    const proofs = image.filter(
      (other) =>
        other.rule.id === finding.rule.id && (other.layer === undefined || layer === -1 || other.layer === layer),
    );
    for (const proof of proofs) used.add(proof);
    if (proofs.length > 0) return [{ ...finding, confidence: 'high', proof: proofs[0] }];
    if (layer === -1 || !decisive.has(finding.rule.id)) return [finding];
    disproved.push(finding);
    return [];
  });
  const placed = image
    .filter((finding) => !used.has(finding))
    .map((finding) => ({
      ...finding,
      instruction: finding.layer === undefined ? undefined : instructions[finding.layer],
    }));
  return { dockerfile: kept, image: placed, disproved };
}

/** A stage and those it is built FROM, the first at the front. */
function chainOf(stage: Stage): Stage[] {
  const chain: Stage[] = [];
  for (let at: Stage | undefined = stage; at !== undefined && !chain.includes(at); ) {
    chain.unshift(at);
    at = at.base.kind === 'stage' ? at.base.stage : undefined;
  }
  return chain;
}

function keywordOf({ instruction, onbuild }: Step): string {
  return onbuild ? 'ONBUILD' : (instruction.keyword ?? instruction.name.text.toUpperCase());
}

/** A RUN by its text, which builders keep; others by their keyword, for what they name is expanded, hashed or quoted anew. */
function isStepOf(step: Step, text: string, createdBy: string): boolean {
  const keyword = keywordOf(step);
  const { instruction } = step;
  if (keyword === 'RUN' && !text.includes('#(nop)') && instruction.heredocs.length === 0) {
    const words = instruction.json ? instruction.strings.map((word) => word.text).join(' ') : instruction.argument.text;
    const written = bare(createdBy.replace(/\s*# buildkit$/, ''));
    if (!written.endsWith(bare(words))) return false;
    // In front of the command stand RUN, the build's arguments and the shell.
    const front = written.slice(0, written.length - bare(words).length).replace(/^RUN/, '');
    return (
      front === '' || front.startsWith('|') || front === bare(step.state.shell.join(' ')) || /sh\S*-\w*c$/.test(front)
    );
  }
  return text.startsWith(`${keyword} `) || text === keyword;
}

/** Without blanks, quotes and backslashes, which builders write in their own ways. */
function bare(text: string): string {
  return text.replace(/[\s"'\\]+/g, '');
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
