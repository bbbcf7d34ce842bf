import { checkSicres } from './sicres-check.ts';
import type { SicresProblem, SicresRecord } from './sicres-record.ts';
import { isSicresGroup, sicresTree, type SicresElement, type SicresField } from './sicres-tree.ts';
import { escapeXml } from './xml-text.ts';

export type SicresOutcome =
  /** `problems`: warnings, such as texts that were cut. */
  | Readonly<{ kind: 'built'; xml: string; problems: readonly SicresProblem[] }>
  | Readonly<{ kind: 'refused'; problems: readonly SicresProblem[] }>;

/** The data message of SICRES 4 (BOE-A-2021-13749) for one record, or why it cannot be made. Without namespace, UTF-8. */
export function buildSicresMessage(record: SicresRecord): SicresOutcome {
  const problems = checkSicres(record);
  if (problems.some((problem) => problem.severity === 'error')) return { kind: 'refused', problems };
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>'];
  writeElement(sicresTree(record), '', lines);
  return { kind: 'built', xml: `${lines.join('\n')}\n`, problems };
}

function writeElement(element: SicresElement, indent: string, lines: string[]): void {
  if (!isSicresGroup(element)) {
    const text = textOf(element);
    if (text !== '') lines.push(`${indent}<${element.name}>${escapeXml(text)}</${element.name}>`);
    return;
  }
  const start = lines.length;
  lines.push(`${indent}<${element.name}>`);
  for (const child of element.children) writeElement(child, `${indent}  `, lines);
  // A group without content stays out: an empty element would be read as an empty value.
  if (lines.length === start + 1 && element.isRequired !== true) lines.pop();
  else lines.push(`${indent}</${element.name}>`);
}

function textOf({ value = '', maximum, isCuttable }: SicresField): string {
  if (maximum === undefined || isCuttable !== true || value.length <= maximum) return value;
  return [...value].slice(0, maximum).join('').trimEnd();
}
