import { createHash } from 'node:crypto';
import { AppError } from '../../contract/errors.ts';
import {
  isArray,
  isDictionary,
  isName,
  isReference,
  isStream,
  isString,
  type PdfArray,
  type PdfStream,
  type PdfValue,
} from '../signing/pdf-objects.ts';
import type { PdfFile } from '../signing/pdf-reader.ts';
import type { Report } from './pdfa-finding.ts';

/** Colour space of the PDF/A output intent: what device colours may be used without more. */
export type IntentColor = 'RGB ' | 'CMYK' | 'GRAY' | null;

/** 6.2.3: one profile for all PDF/A output intents, well-formed and of ICC version 2 to 4. */
export function checkOutputIntents(file: PdfFile, report: Report): IntentColor {
  const intents = file.resolve(file.root.get('OutputIntents'));
  if (!isArray(intents)) return null;
  let color: IntentColor = null;
  const profiles = new Set<number>();
  for (const element of intents) {
    const intent = file.resolve(element);
    if (!isDictionary(intent)) continue;
    if (intent.has('DestOutputProfileRef')) report('6.2.3', 'the output intent refers to a profile outside the file');
    const profile = intent.get('DestOutputProfile');
    if (isReference(profile)) profiles.add(profile.number);
    if (!isName(file.resolve(intent.get('S')), 'GTS_PDFA1')) continue;
    color = readProfile(file, file.resolve(profile), report) ?? color;
  }
  if (profiles.size > 1) report('6.2.3', 'the output intents have different profiles');
  return color;
}

function readProfile(file: PdfFile, stream: PdfValue, report: Report): IntentColor {
  if (!isStream(stream)) {
    report('6.2.3', 'the output intent has no profile');
    return null;
  }
  const data = file.decode(stream);
  const [version, deviceClass, space] = [
    data[8] ?? 0,
    data.toString('latin1', 12, 16),
    data.toString('latin1', 16, 20),
  ];
  const isValid =
    data.toString('latin1', 36, 40) === 'acsp' &&
    version >= 2 &&
    version <= 4 &&
    (deviceClass === 'prtr' || deviceClass === 'mntr');
  if (!isValid || (space !== 'RGB ' && space !== 'CMYK' && space !== 'GRAY')) {
    report('6.2.3', 'the profile of the output intent is not an ICC output or display profile of version 2 to 4');
    return null;
  }
  const components = { 'RGB ': 3, CMYK: 4, GRAY: 1 }[space];
  if (file.resolve(stream.dictionary.get('N')) !== components)
    report('6.2.3', 'the profile has another number of components');
  return space;
}

export type ColorContext = Readonly<{
  file: PdfFile;
  intent: IntentColor;
  report: Report;
  object: number | undefined;
  /** Spot colours of the file met so far: name and fingerprint of what it is drawn with. */
  separations: Map<string, string>;
}>;

/** 6.2.4.3: a device colour needs the output intent or a default colour space in the resources. */
export function checkDeviceColor(
  { file, intent, report, object }: ColorContext,
  name: string,
  resources: PdfValue | undefined,
  rule = '6.2.4.3',
): void {
  const defaults = { DeviceRGB: 'DefaultRGB', DeviceCMYK: 'DefaultCMYK', DeviceGray: 'DefaultGray' } as const;
  if (name !== 'DeviceRGB' && name !== 'DeviceCMYK' && name !== 'DeviceGray') return;
  const isCovered =
    (name === 'DeviceRGB' && intent === 'RGB ') ||
    (name === 'DeviceCMYK' && intent === 'CMYK') ||
    (name === 'DeviceGray' && intent !== null);
  if (isCovered) return;
  const dictionary = file.resolve(resources);
  const spaces = isDictionary(dictionary) ? file.resolve(dictionary.get('ColorSpace')) : null;
  if (isDictionary(spaces) && spaces.has(defaults[name])) return;
  report(rule, `${name} without an output intent that covers it`, object);
}

const deepestSpace = 8;

/** 6.2.4.2 to 6.2.4.4: a colour space as an operator, a picture or a shading names it. */
export function checkColorSpace(
  context: ColorContext,
  value: PdfValue | undefined,
  resources: PdfValue | undefined,
  rule = '6.2.4.3',
  depth = 0,
): void {
  const { file } = context;
  const space = file.resolve(value);
  if (depth > deepestSpace) return;
  if (isName(space)) {
    checkDeviceColor(context, space.name, resources, rule);
    const dictionary = file.resolve(resources);
    const named = isDictionary(dictionary) ? file.resolve(dictionary.get('ColorSpace')) : null;
    const own = isDictionary(named) && !space.name.startsWith('Device') ? named.get(space.name) : undefined;
    if (own !== undefined) checkColorSpace(context, own, resources, rule, depth + 1);
    return;
  }
  if (!isArray(space)) return;
  const family = file.resolve(space[0]);
  if (!isName(family)) return;
  switch (family.name) {
    case 'ICCBased':
      return checkProfile(context, file.resolve(space[1]));
    case 'Indexed':
    case 'I':
    case 'Pattern':
      return checkColorSpace(context, space[1], resources, rule, depth + 1);
    case 'Separation':
      checkSeparation(context, space);
      return checkColorSpace(context, space[2], resources, '6.2.4.4', depth + 1);
    case 'DeviceN':
      checkColorants(context, space);
      return checkColorSpace(context, space[2], resources, '6.2.4.4', depth + 1);
    default:
      // One name in brackets is that name; CIE-based spaces need nothing else.
      if (space.length === 1) checkColorSpace(context, family, resources, rule, depth + 1);
  }
}

// 6.2.4.2: a profile as ICC.1 and ISO 32000-1 table 66 have it.
function checkProfile({ file, report, object }: ColorContext, stream: PdfValue): void {
  if (!isStream(stream)) return report('6.2.4.2', 'an ICCBased colour space without profile', object);
  const data = decodeOrNull(file, stream);
  if (data === null) return;
  const components = { 'RGB ': 3, CMYK: 4, GRAY: 1, 'Lab ': 3 }[data.toString('latin1', 16, 20)];
  const isValid =
    data.toString('latin1', 36, 40) === 'acsp' &&
    (data[8] ?? 255) <= 4 &&
    ['prtr', 'mntr', 'scnr', 'spac'].includes(data.toString('latin1', 12, 16)) &&
    components !== undefined;
  if (!isValid) return report('6.2.4.2', 'the profile of a colour space is not an ICC profile up to version 4', object);
  if (file.resolve(stream.dictionary.get('N')) !== components)
    report('6.2.4.2', 'the profile has another number of components', object);
}

// 6.2.4.4: one spot colour is drawn in one way.
function checkSeparation({ file, report, object, separations }: ColorContext, space: PdfArray): void {
  const name = file.resolve(space[1]);
  if (!isName(name) || name.name === 'All' || name.name === 'None') return;
  const drawn = createHash('sha256');
  fingerprint(file, [space[2] ?? null, space[3] ?? null], (part) => drawn.update(part));
  const digest = drawn.digest('hex');
  const known = separations.get(name.name);
  separations.set(name.name, digest);
  if (known !== undefined && known !== digest)
    report('6.2.4.4', `spot colour ${name.name} is defined in two ways`, object);
}

const processColors = new Set(['Cyan', 'Magenta', 'Yellow', 'Black', 'None']);

// 6.2.4.4: each spot colour of a DeviceN space is described among its colorants.
function checkColorants(context: ColorContext, space: PdfArray): void {
  const { file, report, object } = context;
  const names = file.resolve(space[1]);
  const attributes = file.resolve(space[4]);
  const colorants = isDictionary(attributes) ? file.resolve(attributes.get('Colorants')) : null;
  const process = isDictionary(attributes) ? file.resolve(attributes.get('Process')) : null;
  const components = isDictionary(process) ? file.resolve(process.get('Components')) : null;
  const ofProcess = isArray(components) ? components.map((one) => file.resolve(one)) : [];
  for (const value of isArray(names) ? names : []) {
    const name = file.resolve(value);
    if (!isName(name) || processColors.has(name.name)) continue;
    if (ofProcess.some((one) => isName(one, name.name))) continue;
    const described = isDictionary(colorants) ? file.resolve(colorants.get(name.name)) : null;
    if (isArray(described)) checkSeparation(context, described);
    else report('6.2.4.4', `spot colour ${name.name} is not among the colorants`, object);
  }
  if (isArray(names) && names.length > 32) report('6.1.13', 'a DeviceN colour space of more than 32 colorants', object);
}

/** The same for values that are the same, in whichever objects they lie. */
function fingerprint(file: PdfFile, value: PdfValue, take: (part: string | Buffer) => void, depth = 0): void {
  const resolved = file.resolve(value);
  if (depth > deepestSpace) return;
  if (isArray(resolved)) {
    take('[');
    for (const part of resolved) fingerprint(file, part, take, depth + 1);
    take(']');
  } else if (isDictionary(resolved) || isStream(resolved)) {
    const entries = isStream(resolved) ? resolved.dictionary : resolved;
    for (const [key, part] of [...entries].toSorted(([left], [right]) => (left < right ? -1 : 1))) {
      if (isStream(resolved) && ['Length', 'Filter', 'DecodeParms'].includes(key)) continue;
      take(`/${key}`);
      fingerprint(file, part, take, depth + 1);
    }
    if (isStream(resolved)) take(decodeOrNull(file, resolved) ?? resolved.raw);
  } else take(isString(resolved) ? resolved.bytes : `${JSON.stringify(resolved)} `);
}

function decodeOrNull(file: PdfFile, stream: PdfStream): Buffer | null {
  try {
    return file.decode(stream);
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}
