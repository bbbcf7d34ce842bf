import type { QualificationCriterion, QualificationStanding } from '../../../core/contract/schemas/qualification.ts';

type CriterionText = Readonly<{
  name: string;
  /** After the number; empty where it has none. */
  unit: string;
  /** What the officer can do, and whom to call when that was not it. */
  advice: string;
}>;

export const criterionTexts: Readonly<Record<QualificationCriterion, CriterionText>> = {
  resolution: {
    name: 'Diferencia con la resolución pedida',
    unit: '%',
    advice:
      'Mida con una regla las escalas de la hoja: si no dan 15 y 10 centímetros, imprímala otra vez al 100 %. Si los dan, llame al servicio técnico: el escáner no respeta la resolución.',
  },
  proportions: {
    name: 'Diferencia entre ancho y alto',
    unit: '%',
    advice: 'El papel resbala al avanzar. Limpie los rodillos y, si sigue igual, llame al servicio técnico.',
  },
  squareness: {
    name: 'Desvío del ángulo recto',
    unit: '°',
    advice: 'La imagen sale en rombo. Ajuste las guías del papel y, si sigue igual, llame al servicio técnico.',
  },
  straightness: {
    name: 'Desvío de la línea recta',
    unit: 'mm',
    advice:
      'El papel se tuerce o avanza a tirones. Limpie los rodillos y use una hoja sin arrugas. Si sigue igual, llame al servicio técnico.',
  },
  sharpness: {
    name: 'Nitidez',
    unit: '%',
    advice: 'La imagen sale borrosa. Limpie el cristal y, si sigue igual, llame al servicio técnico.',
  },
  noise: {
    name: 'Ruido',
    unit: '',
    advice:
      'La imagen sale con grano. Limpie el cristal y use papel blanco liso. Si sigue igual, llame al servicio técnico.',
  },
  lines: {
    name: 'Rayas en el sentido del avance',
    unit: '',
    advice:
      'Limpie el cristal en esos puntos, también la tira estrecha del alimentador. Si siguen, llame al servicio técnico.',
  },
  contrast: {
    name: 'Contraste entre papel y negro',
    unit: '',
    advice:
      'Compruebe que el negro de la hoja sale lleno y que la impresora no ahorra tóner. Si es así, limpie el cristal y llame al servicio técnico: la luz del escáner está gastada o mal ajustada.',
  },
  toneCurve: {
    name: 'Oscurecimiento de los grises',
    unit: '',
    advice:
      'Compruebe que los grises de la hoja se ven escalonados. Si es así, avise a soporte: el controlador del escáner no corrige los tonos.',
  },
  colorCast: {
    name: 'Dominante de color',
    unit: '',
    advice:
      'Use papel blanco y una hoja impresa solo con negro. Si sigue igual, llame al servicio técnico: el escáner tiñe los grises.',
  },
};

/** What the last check of the device means for today's work; null: nothing to tell. */
export const standingSentences: Readonly<Record<QualificationStanding, string | null>> = {
  never:
    'El escáner no se ha comprobado nunca con la hoja de prueba. Hágalo desde «Escáner», en la barra inferior, cuando no haya cola.',
  passed: null,
  expired:
    'Hace demasiado tiempo que no se comprueba el escáner con la hoja de prueba. Hágalo desde «Escáner», en la barra inferior.',
  failed:
    'El escáner no pasó su última comprobación: no sirve para copias auténticas. Siga los consejos del resultado y compruébelo otra vez desde «Escáner», en la barra inferior.',
};
