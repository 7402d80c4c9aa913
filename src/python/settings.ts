import type { Range } from '../dockerfile/range.ts';
import type { ToolSetting } from './model.ts';
import { isTruthy, type Option } from './options.ts';

/** The words of an option, its value's included, as one range and as a message shows it. */
export function optionPlace({ word, valueWord }: Option): { readonly range: Range; readonly text: string } {
  if (valueWord === undefined) return { range: word.range, text: word.value };
  return {
    range: { start: word.range.start, end: valueWord.range.end },
    text: `${word.value} ${valueWord.value}`,
  };
}

/** Where a setting is made and how a message shows it; undefined for a base image's variable. */
export function settingPlace({ origin }: ToolSetting): { readonly range: Range; readonly text: string } | undefined {
  switch (origin.kind) {
    case 'option':
      return optionPlace(origin.option);
    case 'config':
      return { range: origin.write.range, text: `${origin.write.key} = ${origin.write.value}` };
    case 'variable': {
      const { range, name, value } = origin.variable;
      return range && { range, text: `${name}=${value.text}` };
    }
  }
}

/** Whether a switch is on; undefined where it is not set or its value is no boolean. */
export function isOn(setting: ToolSetting | undefined): boolean | undefined {
  return setting === undefined ? undefined : isTruthy(setting.value);
}
