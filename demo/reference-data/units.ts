import type { Unit } from '../../core/contract/schemas/reference.ts';
import { town } from '../town.ts';

/** Units that procedures, officers and tests name. */
export const unitCodes = {
  town: town.dir3,
  mayor: 'LA9999001',
  generalSecretary: 'LA9999003',
  registry: 'LA9999012',
  population: 'LA9999013',
  urbanLicences: 'LA9999021',
  urbanDiscipline: 'LA9999023',
  works: 'LA9999024',
  housing: 'LA9999025',
  taxes: 'LA9999031',
  collection: 'LA9999032',
  contracts: 'LA9999034',
  staff: 'LA9999041',
  socialServices: 'LA9999051',
  dependency: 'LA9999052',
  education: 'LA9999054',
  sports: 'LA9999056',
  culture: 'LA9999057',
  traffic: 'LA9999062',
  localPolice: 'LA9999061',
  publicSpace: 'LA9999063',
  environment: 'LA9999071',
  commerce: 'LA9999074',
  consumer: 'LA9999075',
  cemetery: 'LA9999078',
  transparency: 'LA9999004',
  legal: 'LA9999005',
  extinctCommerce: 'LA9999090',
} as const;

type Branch = readonly [code: string, name: string, children?: readonly Branch[]];

const tree: Branch = [
  unitCodes.town,
  town.name,
  [
    [
      unitCodes.mayor,
      'Alcaldía',
      [
        ['LA9999002', 'Gabinete de Alcaldía'],
        ['LA9999006', 'Oficina de Comunicación y Protocolo'],
      ],
    ],
    [
      unitCodes.generalSecretary,
      'Secretaría General',
      [
        [unitCodes.transparency, 'Unidad de Transparencia y Protección de Datos'],
        [unitCodes.legal, 'Asesoría Jurídica'],
        ['LA9999007', 'Actas, Acuerdos y Órganos Colegiados'],
        ['LA9999008', 'Archivo Municipal'],
      ],
    ],
    [
      'LA9999010',
      'Área de Ciudadanía y Administración Electrónica',
      [
        ['LA9999011', 'Servicio de Organización e Innovación'],
        [
          unitCodes.registry,
          'Servicio de Atención Ciudadana y Registro',
          [
            ['LA9999014', 'Negociado de Notificaciones'],
            [unitCodes.population, 'Negociado de Padrón y Estadística'],
          ],
        ],
        ['LA9999015', 'Servicio de Informática y Redes'],
      ],
    ],
    [
      'LA9999020',
      'Área de Urbanismo, Vivienda y Obras',
      [
        [
          unitCodes.urbanLicences,
          'Servicio de Licencias Urbanísticas',
          [['LA9999022', 'Negociado de Licencias de Actividad']],
        ],
        [unitCodes.urbanDiscipline, 'Servicio de Disciplina e Inspección Urbanística'],
        [unitCodes.works, 'Servicio de Obras e Infraestructuras'],
        [unitCodes.housing, 'Oficina Municipal de Vivienda y Rehabilitación'],
        ['LA9999026', 'Servicio de Planeamiento y Gestión del Suelo'],
        ['LA9999027', 'Negociado de Patrimonio Municipal'],
      ],
    ],
    [
      'LA9999030',
      'Área de Hacienda y Contratación',
      [
        [
          unitCodes.taxes,
          'Servicio de Gestión Tributaria',
          [
            ['LA9999036', 'Negociado de Tributos Inmobiliarios'],
            ['LA9999037', 'Negociado de Vehículos y Tasas'],
          ],
        ],
        [unitCodes.collection, 'Servicio de Recaudación'],
        ['LA9999033', 'Tesorería'],
        [unitCodes.contracts, 'Servicio de Contratación'],
        ['LA9999035', 'Intervención General'],
      ],
    ],
    [
      'LA9999040',
      'Área de Recursos Humanos',
      [
        [unitCodes.staff, 'Servicio de Personal'],
        ['LA9999042', 'Negociado de Selección y Provisión'],
        ['LA9999043', 'Servicio de Prevención y Salud Laboral'],
      ],
    ],
    [
      'LA9999050',
      'Área de Derechos Sociales, Educación y Cultura',
      [
        [
          unitCodes.socialServices,
          'Servicio de Servicios Sociales Comunitarios',
          [
            ['LA9999053', 'Centro Municipal de Servicios Sociales - Estación'],
            ['LA9999059', 'Centro Municipal de Servicios Sociales - Centro'],
          ],
        ],
        [unitCodes.dependency, 'Negociado de Dependencia y Mayores'],
        [unitCodes.education, 'Servicio de Educación', [['LA9999055', 'Escuelas Infantiles Municipales']]],
        [unitCodes.sports, 'Servicio de Deportes'],
        [unitCodes.culture, 'Servicio de Cultura y Bibliotecas'],
        ['LA9999058', 'Servicio de Igualdad y Juventud'],
      ],
    ],
    [
      'LA9999060',
      'Área de Seguridad y Movilidad',
      [
        [unitCodes.localPolice, 'Policía Local'],
        [unitCodes.traffic, 'Servicio de Movilidad y Tráfico'],
        [unitCodes.publicSpace, 'Servicio de Vía Pública y Ocupaciones'],
        ['LA9999064', 'Protección Civil'],
        ['LA9999065', 'Unidad de Sanciones de Tráfico'],
      ],
    ],
    [
      'LA9999070',
      'Área de Medio Ambiente, Comercio y Consumo',
      [
        [
          unitCodes.environment,
          'Servicio de Medio Ambiente y Sostenibilidad',
          [
            ['LA9999072', 'Negociado de Parques y Jardines'],
            ['LA9999073', 'Negociado de Residuos y Limpieza'],
          ],
        ],
        [unitCodes.commerce, 'Servicio de Comercio, Mercados y Venta Ambulante'],
        [unitCodes.consumer, 'Oficina Municipal de Información al Consumidor'],
        ['LA9999076', 'Servicio de Salud Pública y Protección Animal'],
        ['LA9999077', 'Servicio Municipal de Aguas'],
        [unitCodes.cemetery, 'Cementerio Municipal'],
      ],
    ],
  ],
];

/** Merged into another one in 2025: whoever chooses it is offered its successor. */
const extinct: Unit = {
  unitCode: unitCodes.extinctCommerce,
  name: 'Negociado de Mercados y Abastos',
  parentCode: 'LA9999070',
  state: 'extinct',
  successorCode: unitCodes.commerce,
};

export const units: readonly Unit[] = [...flatten(tree, null), extinct];

function flatten([unitCode, name, children = []]: Branch, parentCode: string | null): readonly Unit[] {
  return [
    { unitCode, name, parentCode, state: 'current', successorCode: null },
    ...children.flatMap((child) => flatten(child, unitCode)),
  ];
}
