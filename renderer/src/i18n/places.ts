/** INE codes of provinces. */
export const provinces = {
  '01': 'Álava', '02': 'Albacete', '03': 'Alicante', '04': 'Almería', '05': 'Ávila', '06': 'Badajoz', '07': 'Illes Balears', '08': 'Barcelona',
  '09': 'Burgos', '10': 'Cáceres', '11': 'Cádiz', '12': 'Castellón', '13': 'Ciudad Real', '14': 'Córdoba', '15': 'A Coruña', '16': 'Cuenca',
  '17': 'Girona', '18': 'Granada', '19': 'Guadalajara', '20': 'Gipuzkoa', '21': 'Huelva', '22': 'Huesca', '23': 'Jaén', '24': 'León',
  '25': 'Lleida', '26': 'La Rioja', '27': 'Lugo', '28': 'Madrid', '29': 'Málaga', '30': 'Murcia', '31': 'Navarra', '32': 'Ourense',
  '33': 'Asturias', '34': 'Palencia', '35': 'Las Palmas', '36': 'Pontevedra', '37': 'Salamanca', '38': 'Santa Cruz de Tenerife',
  '39': 'Cantabria', '40': 'Segovia', '41': 'Sevilla', '42': 'Soria', '43': 'Tarragona', '44': 'Teruel', '45': 'Toledo', '46': 'Valencia',
  '47': 'Valladolid', '48': 'Bizkaia', '49': 'Zamora', '50': 'Zaragoza', '51': 'Ceuta', '52': 'Melilla',
} as const;

/** ISO 3166-1 numeric codes of the countries that counters meet; Spain first. */
export const countries = {
  '724': 'España', '276': 'Alemania', '020': 'Andorra', '012': 'Argelia', '032': 'Argentina', '040': 'Austria', '056': 'Bélgica',
  '068': 'Bolivia', '076': 'Brasil', '100': 'Bulgaria', '203': 'Chequia', '152': 'Chile', '156': 'China', '170': 'Colombia',
  '188': 'Costa Rica', '192': 'Cuba', '208': 'Dinamarca', '218': 'Ecuador', '222': 'El Salvador', '840': 'Estados Unidos',
  '608': 'Filipinas', '246': 'Finlandia', '250': 'Francia', '300': 'Grecia', '320': 'Guatemala', '226': 'Guinea Ecuatorial',
  '340': 'Honduras', '348': 'Hungría', '356': 'India', '372': 'Irlanda', '380': 'Italia', '504': 'Marruecos', '478': 'Mauritania',
  '484': 'México', '558': 'Nicaragua', '566': 'Nigeria', '578': 'Noruega', '528': 'Países Bajos', '586': 'Pakistán', '591': 'Panamá',
  '600': 'Paraguay', '604': 'Perú', '616': 'Polonia', '620': 'Portugal', '826': 'Reino Unido', '214': 'República Dominicana',
  '642': 'Rumanía', '643': 'Rusia', '686': 'Senegal', '752': 'Suecia', '756': 'Suiza', '788': 'Túnez', '792': 'Turquía',
  '804': 'Ucrania', '858': 'Uruguay', '862': 'Venezuela',
} as const;
