import type { UnsignedScanProfile } from '../../core/services/scan-profile-signature.ts';

const a4 = { width: 210, height: 297 };
/** A little more than the paper, so that its edges are in the image. */
const a4WithMargin = { width: 216, height: 304 };

/** The demonstration's office tries its scanner every month. */
const qualificationDays = 30;

/** Settings of the ministry's digitisation guide (2019, figure 1), at 300 ppp where a reader needs it. */
export const scanProfiles: readonly UnsignedScanProfile[] = [
  {
    id: 'texto-color',
    version: 2,
    title: 'Texto con color, 300 ppp',
    source: 'feederDuplex',
    dpi: 300,
    colorMode: 'color',
    areaMm: a4WithMargin,
    image: {
      straighten: true,
      crop: true,
      turnUpright: true,
      background: 'whiten',
      dropBlankSides: true,
      jpegQuality: 75,
    },
    qualificationDays,
  },
  {
    id: 'texto-negro',
    version: 2,
    title: 'Texto en blanco y negro, 300 ppp',
    documentTypes: ['TD09'],
    source: 'feederDuplex',
    dpi: 300,
    colorMode: 'gray',
    areaMm: a4WithMargin,
    image: {
      straighten: true,
      crop: true,
      turnUpright: true,
      background: 'threshold',
      dropBlankSides: true,
      jpegQuality: 75,
    },
    qualificationDays,
  },
  {
    id: 'documento-identidad',
    version: 2,
    title: 'Documento de identidad o fotografía, 300 ppp',
    source: 'flatbed',
    dpi: 300,
    colorMode: 'color',
    areaMm: a4,
    image: {
      straighten: true,
      crop: true,
      turnUpright: true,
      background: 'keep',
      dropBlankSides: false,
      jpegQuality: 85,
    },
    qualificationDays,
  },
];
