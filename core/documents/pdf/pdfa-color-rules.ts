import { isArray, isDictionary, isName, isReference, isStream, type PdfValue } from '../signing/pdf-objects.ts';
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

/** 6.2.4.3: a device colour needs the output intent or a default colour space in the resources. */
export function checkDeviceColor(
  file: PdfFile,
  name: string,
  resources: PdfValue | undefined,
  intent: IntentColor,
  report: Report,
  object?: number,
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
  report('6.2.4.3', `${name} without an output intent that covers it`, object);
}
