import { seededRandom } from '../../core/documents/signing/testing/mutations.ts';

/* People and matters of our own invention, as unevenly spread as those of a town: a few surnames are everywhere. */

const givenNames =
  'Begoña Martín Leire Iñaki Úrsula Tomás Nerea Joaquín Aránzazu Óscar Pilar Ximena Aurelio Benita Calixto Dorotea Eladio Fermina Gaspar Herminia Isidro Jacinta Leandro Macarena Nicanor Obdulia Ponciano Quiteria Remigio Salomé Telesforo Urbano Valentina Wenceslao Yolanda Zacarías'.split(
    ' ',
  );
const beginnings =
  'Al Ar Ba Be Bo Ca Cas Cor Del Es Fa Fer Gar Go Gu Her Hue Ib Íñ Ji La Le Lo Ma Me Mi Mon Mu Na No Or Pa Pe Que Quin Ra Ri Ro Sal San Se So Ta To Tru Ur Va Ve Vi Ya Za'.split(
    ' ',
  );
const middles = 'ba ca da de di ga go la le li ma mi na ne ra re ri ro sa ta te ti to va'.split(' ');
const endings = 'ez rra les llo no nte rio sco ta tilla vo yo'.split(' ');
const subjects =
  'Vado permanente;Licencia de obra menor;Ayuda de comedor;Padrón municipal;Recurso de alzada;Terraza de verano;Reclamación de daños;Solicitud de informe;Bonificación del impuesto;Tarjeta de estacionamiento'.split(
    ';',
  );

export type MadePerson = Readonly<{
  names: Readonly<{ givenName: string; surname1: string; surname2: string }>;
  identifier: string;
  summary: string;
}>;

export function makePeople(): Readonly<{ at: (index: number) => MadePerson }> {
  const surnames = beginnings.flatMap((beginning) =>
    middles.flatMap((middle) => endings.map((ending) => beginning + middle + ending)),
  );
  return {
    at(index) {
      const random = seededRandom(index);
      // Squared: the first of a list are as frequent as the last are rare.
      const pick = (list: readonly string[]) => list[Math.floor(random() ** 2 * list.length)] ?? '';
      return {
        names: { givenName: pick(givenNames), surname1: pick(surnames), surname2: pick(surnames) },
        identifier: `${String(Math.floor(random() * 1e8)).padStart(8, '0')}T`,
        summary: `${pick(subjects)} ${index}`,
      };
    },
  };
}
