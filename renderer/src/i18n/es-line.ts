/** The line to the central registry: what waits, what travels, how old the catalogues are. */
export const esLine = {
  line: {
    pendingBytes: 'Tamaño de lo que espera',
    meteredBar: 'uso medido',
    metered: 'Línea de uso medido',
    meteredHint: 'Solo salen los asientos y los archivos pequeños; los documentos grandes esperan a que se quite.',
    meteredSignIn: 'Para cambiarlo hay que haber entrado con la tarjeta.',
    held_one: 'Espera 1 documento, {{size}}.',
    held_other: 'Esperan {{count}} documentos, {{size}}.',
    heldNone: 'Ningún documento espera.',
    catalogues: 'Catálogos',
    cataloguesNone: 'todavía ninguno',
    cataloguesOf: 'versión {{version}}, del {{date}} ({{age}})',
    today: 'hoy',
    daysAgo_one: 'hace {{count}} día',
    daysAgo_other: 'hace {{count}} días',
    unchecked:
      'Hace {{days}} días que los catálogos no se comprueban con el registro central: pueden haber cambiado. Conecte la línea.',
    refused: {
      signature:
        'Los catálogos nuevos (versión {{version}}) no llevan la firma del registro central y no se han admitido. Se sigue con los de antes; avise a soporte.',
      content:
        'Este programa no entiende los catálogos nuevos (versión {{version}}). Se sigue con los de antes; avise a soporte para actualizarlo.',
    },
    upload: 'Envío de documentos',
    file: '{{title}}, del asiento {{number}}: {{sent}} de {{total}}.',
    receipt: 'Justificante',
    whole: 'En total {{sent}} de {{total}}.',
    left: {
      moment: 'Falta menos de un minuto.',
      minutes_one: 'Falta un minuto, más o menos.',
      minutes_other: 'Faltan unos {{count}} minutos.',
      hours_one: 'Falta una hora, más o menos.',
      hours_other: 'Faltan unas {{count}} horas.',
    },
  },
} as const;
