import type { MethodOutput } from '../contract/methods.ts';
import { getReferenceData } from './context.ts';
import type { ServiceContext } from './context.ts';
import { listProfilesInForce } from './scan-profiles.ts';

const resultLimit = 50;

/** Folds case and accents: «padrón» is found by «PADRON». */
function fold(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
}

function matchesWords(haystack: string, text: string): boolean {
  const folded = fold(haystack);
  return fold(text)
    .split(/\s+/u)
    .every((word) => folded.includes(word));
}

/** Procedures of the catalogue (ordinance art. 13) whose title, SIA code or unit has every word of `text`. */
export function searchProcedures(context: ServiceContext, text: string): MethodOutput<'catalogue.searchProcedures'> {
  const { procedures, units } = getReferenceData(context);
  const unitNames = new Map(units.map((unit) => [unit.unitCode, unit.name]));
  const found = procedures
    .map((procedure) => ({ ...procedure, unitName: unitNames.get(procedure.unitCode) ?? procedure.unitCode }))
    .filter((procedure) => matchesWords(`${procedure.title} ${procedure.siaCode ?? ''} ${procedure.unitName}`, text))
    .slice(0, resultLimit);
  return { procedures: found.map(({ silence: _silence, ...item }) => item) };
}

/** Units that may receive an entry: current, or transitory (norms 02d §1). */
export function searchUnits(context: ServiceContext, text: string): MethodOutput<'catalogue.searchUnits'> {
  const { units } = getReferenceData(context);
  const names = new Map(units.map((unit) => [unit.unitCode, unit.name]));
  const found = units
    .filter((unit) => unit.state === 'current' || unit.state === 'transitory')
    .filter((unit) => matchesWords(`${unit.name} ${unit.unitCode}`, text))
    .slice(0, resultLimit);
  return {
    units: found.map(({ unitCode, name, parentCode }) => ({
      unitCode,
      name,
      parentName: parentCode === null ? null : (names.get(parentCode) ?? null),
    })),
  };
}

export function listScanProfiles(context: ServiceContext): MethodOutput<'catalogue.listScanProfiles'> {
  const inForce = listProfilesInForce(context);
  return {
    refusedCount: getReferenceData(context).scanProfiles.length - inForce.length,
    profiles: inForce.map(({ id, version, title, dpi, colorMode, source, documentTypes = [] }) => ({
      id,
      version,
      title,
      dpi,
      colorMode,
      source,
      documentTypes,
    })),
  };
}
