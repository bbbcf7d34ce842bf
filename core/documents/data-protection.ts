import type { Block } from './pdf/block-types.ts';

/** First layer of information on data protection (art. 11 LO 3/2018; art. 13 RGPD). */
export type DataProtectionNotice = Readonly<{
  controller: string;
  purpose: string;
  recipients: string;
  /** Where rights are exercised: address or electronic office. */
  rightsAddress: string;
  officerContact?: string;
  /** Address of the second layer. */
  moreInformation: string;
}>;

export function dataProtectionBlocks(notice: DataProtectionNotice): readonly Block[] {
  const bold = (text: string): Readonly<{ text: string; font: 'sansBold' }> => ({ text, font: 'sansBold' });
  const contact =
    notice.officerContact === undefined ? '' : ` Delegado de protección de datos: ${notice.officerContact}.`;
  return [
    { kind: 'heading', text: 'Información básica sobre protección de datos' },
    {
      kind: 'paragraph',
      tone: 'small',
      text: [
        bold('Responsable: '),
        { text: `${notice.controller}. ` },
        bold('Finalidad: '),
        { text: `${notice.purpose}. ` },
        bold('Legitimación: '),
        {
          text: 'cumplimiento de una obligación legal y ejercicio de poderes públicos (artículo 6.1, letras c y e, del Reglamento (UE) 2016/679). ',
        },
        bold('Destinatarios: '),
        { text: `${notice.recipients}. ` },
        bold('Derechos: '),
        {
          text: `puede ejercer los de acceso, rectificación, supresión, limitación y oposición ante ${notice.rightsAddress}, y reclamar ante la autoridad de control.${contact} `,
        },
        bold('Más información: '),
        {
          text: `${notice.moreInformation}. Artículos 13 del Reglamento (UE) 2016/679 y 11 de la Ley Orgánica 3/2018, de 5 de diciembre.`,
        },
      ],
    },
  ];
}
