import type { Page } from 'playwright';

// What any person knows: the question names a kind, and one of three words is of it.
const wordsOfKind: Readonly<Record<string, readonly string[]>> = {
  'un color': ['azul', 'verde', 'rojo', 'blanco', 'negro', 'amarillo'],
  'un día de la semana': ['lunes', 'martes', 'miércoles', 'jueves', 'viernes', 'sábado', 'domingo'],
  'un animal': ['gato', 'perro', 'caballo', 'vaca', 'oveja', 'gallina'],
  'un mes del año': ['enero', 'febrero', 'marzo', 'abril', 'mayo', 'junio', 'julio', 'agosto', 'octubre'],
  'un mueble': ['mesa', 'silla', 'cama', 'armario', 'sofá', 'estantería'],
  'una fruta': ['manzana', 'pera', 'plátano', 'uva', 'melón', 'cereza'],
};

/** Types a code at the centre's page and answers its question. Throws unless the document of that number is shown. */
export async function verifyAtCentre(page: Page, url: string, code: string, recordNumber: string): Promise<void> {
  await page.goto(url);
  await page.getByLabel('Código seguro de verificación').fill(code);
  const question = (await page.locator('label[for=respuesta]').innerText()).trim();
  const [, kind = '', list = ''] = /¿cuál es (.+?): (.+)\?/u.exec(question) ?? [];
  const answer = list.split(/, | o /u).find((word) => wordsOfKind[kind]?.includes(word));
  if (answer === undefined) throw new Error(`no se entiende la pregunta: ${question}`);
  await page.locator('#respuesta').fill(answer);
  await page.getByRole('button', { name: 'Verificar' }).click();
  await page.getByText(recordNumber).first().waitFor();
}
