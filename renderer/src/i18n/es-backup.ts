/** Copies of the desk, and a desk that comes back from one. */
export const esBackup = {
  backup: {
    bar: 'Copia',
    none: 'sin copia',
    last: 'Última copia de seguridad',
    lastFolder: 'Carpeta',
    schedule: 'Copia automática',
    everyHours_one: 'cada hora',
    everyHours_other: 'cada {{count}} horas',
    byHand: 'no: hágala aquí',
    folder: 'Carpeta de otro disco',
    folderHint:
      'La ruta completa, por ejemplo /media/copias. La copia va cifrada: solo la abre la clave de recuperación.',
    button: 'Hacer la copia ahora',
    signIn: 'Identifíquese para hacer una copia.',
    done: 'Copia hecha y asegurada en el disco.',
    overdue: 'Hace demasiado que no se hace la copia de seguridad. Conecte el disco de las copias y hágala en «Copia».',
  },
  recovery: {
    title: 'Recuperación del puesto',
    cause: {
      restored: 'Este puesto se ha recuperado de la copia del {{date}}.',
      enrolledAgain: 'Este puesto se ha vuelto a dar de alta y recupera sus asientos del registro central.',
      overtaken: 'Este puesto empezó con datos antiguos: el registro central tenía más.',
    },
    entriesPending:
      'Faltan asientos por recuperar del registro central: hasta entonces no se dan números. Conecte la línea.',
    filesPending: 'Los asientos ya están. Se siguen trayendo documentos del registro central; puede registrar.',
    records: 'Asientos recuperados',
    events: 'Anotaciones recuperadas',
    files: 'Documentos recuperados',
    lostFiles: 'Documentos que no tiene nadie',
    lostNumbers: 'Números dados cuyo asiento no tiene nadie',
    lostHint: 'Esos números no se vuelven a dar. Pida a quien tenga su justificante que lo traiga y avise a soporte.',
    lostNotice:
      'Al recuperar el puesto faltan asientos o documentos que tampoco tiene el registro central. Mírelo en «Copia» y avise a soporte.',
  },
  renewal: {
    intro: 'Para volver a dar de alta este puesto, con sus datos:',
    button: 'Dar de alta otra vez',
  },
  restore: {
    title: 'Este equipo no tiene ningún puesto',
    intro: 'Si el puesto se estropeó, recupérelo aquí. Hace falta su clave de recuperación.',
    source: 'De dónde se recupera',
    fromCopy: 'De una copia de seguridad',
    fromCentre: 'No hay copia: del registro central',
    code: 'Código de alta',
    codeHint: 'Lo da la administración del registro central; sirve una vez, durante tres días.',
    centreAfter:
      'El puesto vuelve a darse de alta y trae los asientos y documentos que había enviado. Lo que no llegó a enviarse se pierde.',
    from: 'Carpeta o disco de la copia',
    fromHint: 'La ruta completa. Se usa la copia más reciente que abra la clave.',
    recoveryKey: 'Clave de recuperación',
    recoveryKeyHint: 'Los ocho grupos de cinco del papel que se guardó al crear el puesto.',
    passphrase: 'Frase de paso nueva',
    passphraseHint: 'Doce caracteres o más. Es la que abrirá este puesto cada día.',
    button: 'Recuperar este puesto',
    after:
      'Después, con línea, el puesto trae del registro central lo que la copia no tenga y empieza numeración nueva.',
  },
} as const;
