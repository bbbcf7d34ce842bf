/** What the server can do, as its capabilities tell it. */
export type ServerAbilities = Readonly<{
  sources: readonly ('flatbed' | 'feeder' | 'feederDuplex')[];
  colorModes: readonly string[];
  formats: readonly string[];
  resolutions: readonly number[];
  /** In 1/300 of an inch. */
  maxWidth: number;
  maxHeight: number;
  intents: readonly string[];
}>;

export const fullAbilities: ServerAbilities = {
  sources: ['flatbed', 'feeder', 'feederDuplex'],
  colorModes: ['BlackAndWhite1', 'Grayscale8', 'RGB24'],
  formats: ['application/pdf', 'image/jpeg', 'image/png'],
  resolutions: [75, 100, 200, 300, 600],
  maxWidth: 2550,
  maxHeight: 4200,
  intents: ['Document', 'Preview'],
};

const namespaces =
  'xmlns:scan="http://schemas.hp.com/imaging/escl/2011/05/03" xmlns:pwg="http://www.pwg.org/schemas/2010/12/sm"';
const declaration = '<?xml version="1.0" encoding="UTF-8"?>';

export function capabilitiesXml(abilities: ServerAbilities, uuid: string): string {
  const { sources } = abilities;
  const adf = [
    sources.includes('feeder') ? `<scan:AdfSimplexInputCaps>${inputXml(abilities)}</scan:AdfSimplexInputCaps>` : '',
    sources.includes('feederDuplex') ? `<scan:AdfDuplexInputCaps>${inputXml(abilities)}</scan:AdfDuplexInputCaps>` : '',
    '<scan:FeederCapacity>50</scan:FeederCapacity><scan:AdfOptions><scan:AdfOption>DetectPaperLoaded</scan:AdfOption></scan:AdfOptions>',
  ].join('');
  return [
    `${declaration}<scan:ScannerCapabilities ${namespaces}><pwg:Version>2.63</pwg:Version>`,
    `<pwg:MakeAndModel>Ventanilla Banco eSCL</pwg:MakeAndModel><pwg:SerialNumber>0001</pwg:SerialNumber>`,
    `<scan:Manufacturer>Ventanilla</scan:Manufacturer><scan:UUID>${uuid}</scan:UUID>`,
    sources.includes('flatbed')
      ? `<scan:Platen><scan:PlatenInputCaps>${inputXml(abilities)}</scan:PlatenInputCaps></scan:Platen>`
      : '',
    sources.some((source) => source !== 'flatbed') ? `<scan:Adf>${adf}</scan:Adf>` : '',
    '<scan:CompressionFactorSupport><scan:Min>0</scan:Min><scan:Max>100</scan:Max><scan:Normal>25</scan:Normal><scan:Step>1</scan:Step></scan:CompressionFactorSupport>',
    '</scan:ScannerCapabilities>',
  ].join('');
}

function inputXml({ colorModes, formats, resolutions, maxWidth, maxHeight, intents }: ServerAbilities): string {
  const list = (name: string, values: readonly (string | number)[]) =>
    values.map((value) => `<${name}>${value}</${name}>`).join('');
  const pairs = resolutions.map(
    (dpi) => `<scan:XResolution>${dpi}</scan:XResolution><scan:YResolution>${dpi}</scan:YResolution>`,
  );
  return [
    '<scan:MinWidth>16</scan:MinWidth>',
    `<scan:MaxWidth>${maxWidth}</scan:MaxWidth><scan:MinHeight>16</scan:MinHeight><scan:MaxHeight>${maxHeight}</scan:MaxHeight>`,
    '<scan:MaxScanRegions>1</scan:MaxScanRegions><scan:SettingProfiles><scan:SettingProfile>',
    `<scan:ColorModes>${list('scan:ColorMode', colorModes)}</scan:ColorModes>`,
    `<scan:DocumentFormats>${list('pwg:DocumentFormat', formats)}${list('scan:DocumentFormatExt', formats)}</scan:DocumentFormats>`,
    `<scan:SupportedResolutions><scan:DiscreteResolutions>${list('scan:DiscreteResolution', pairs)}</scan:DiscreteResolutions></scan:SupportedResolutions>`,
    '</scan:SettingProfile></scan:SettingProfiles>',
    `<scan:SupportedIntents>${list('scan:Intent', intents)}</scan:SupportedIntents>`,
    `<scan:MaxOpticalXResolution>600</scan:MaxOpticalXResolution><scan:MaxOpticalYResolution>600</scan:MaxOpticalYResolution>`,
  ].join('');
}

export type ServerStatus = Readonly<{
  state: string;
  adfState: string | null;
  reasons: readonly string[];
  jobs: readonly Readonly<{ path: string; state: string; images: number }>[];
}>;

export function statusXml({ state, adfState, reasons, jobs }: ServerStatus): string {
  const infos = jobs.map(
    ({ path, state: jobState, images }) =>
      `<scan:JobInfo><pwg:JobUri>${path}</pwg:JobUri><pwg:JobUuid>${path}</pwg:JobUuid><scan:Age>1</scan:Age>` +
      `<pwg:ImagesCompleted>${images}</pwg:ImagesCompleted><pwg:JobState>${jobState}</pwg:JobState></scan:JobInfo>`,
  );
  return [
    `${declaration}<scan:ScannerStatus ${namespaces}><pwg:Version>2.63</pwg:Version><pwg:State>${state}</pwg:State>`,
    reasons.length === 0
      ? ''
      : `<pwg:StateReasons>${reasons.map((reason) => `<pwg:StateReason>${reason}</pwg:StateReason>`).join('')}</pwg:StateReasons>`,
    adfState === null ? '' : `<scan:AdfState>${adfState}</scan:AdfState>`,
    `<scan:Jobs>${infos.join('')}</scan:Jobs></scan:ScannerStatus>`,
  ].join('');
}

export function imageInfoXml(path: string, width: number, height: number, channels: number): string {
  return (
    `${declaration}<scan:ScanImageInfo ${namespaces}><pwg:JobUri>${path}</pwg:JobUri>` +
    `<scan:ActualWidth>${width}</scan:ActualWidth><scan:ActualHeight>${height}</scan:ActualHeight>` +
    `<scan:ActualBytesPerLine>${width * channels}</scan:ActualBytesPerLine></scan:ScanImageInfo>`
  );
}

/** Entities that unfold to gigabytes, under the root that the client expects. */
export function bombXml(root: string): string {
  const levels = Array.from({ length: 12 }, (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`).join('');
  return `${declaration}<!DOCTYPE scan [<!ENTITY e0 "papel">${levels}]><${root}>&e12;</${root}>`;
}
