/*
 * A card reader with a PIN pad, for pcscd (IFD handler 3.0; PC/SC part 10, FEATURE_VERIFY_PIN_DIRECT). Two sockets of the
 * file system, which only their owner opens, stand for its hardware; DEVICENAME names the first one behind a file that exists
 * (/dev/null:PATH), because pcscd looks for one:
 *   PATH            the card: vsmartcard's frames (two length bytes; one-byte frames are orders: 0 off, 1 on, 2 reset, 4
 *                   answer to reset). A card is in as long as somebody accepts there.
 *   PATH.pad        the keys: bytes '0'-'9', 'E' enter, 'C' cancel, 'B' clear. The pad calls when a PIN is asked, sends the
 *                   seconds that it waits, and takes the end of the line for a person who has gone away.
 * The PIN stays in this process, as it stays in the reader.
 */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

typedef unsigned long Word;
typedef long Result;

enum { SUCCESS = 0, ERROR_TAG = 600, POWER_FAILED = 608, COMMUNICATION_ERROR = 612, NOT_SUPPORTED = 614 };
enum { CARD_PRESENT = 615, CARD_ABSENT = 616, NO_SUCH_DEVICE = 617 };
enum { POWER_UP = 500, POWER_DOWN = 501, RESET = 502 };
enum { TAG_ATR = 0x303, TAG_SLOT_THREAD_SAFE = 0xFAC, TAG_THREAD_SAFE = 0xFAD, TAG_SLOTS = 0xFAE, TAG_READERS = 0xFAF };
enum { GET_FEATURES = 0x42000000 + 3400, VERIFY_DIRECT = 0x42000000 + 0x330006, FEATURE_VERIFY_DIRECT = 6 };
enum { READERS = 16, LONGEST_FRAME = 65535, LONGEST_PIN = 15, PAD_SECONDS = 30, VERIFY_HEADER = 19 };

typedef struct {
  Word protocol;
  Word length;
} ProtocolHeader;

static struct Reader {
  char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
  int line;
  /* A card that left is reported as gone once, however soon another one comes: pcscd only looks now and then. */
  int has_left;
  unsigned char atr[33];
  Word atr_length;
} readers[READERS];

static struct Reader *reader_of(Word lun) {
  Word index = lun >> 16;
  return index < READERS && readers[index].path[0] != '\0' ? &readers[index] : NULL;
}

static int call_up(const char *path, const char *suffix) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if ((size_t)snprintf(address.sun_path, sizeof address.sun_path, "%s%s", path, suffix) >= sizeof address.sun_path) return -1;
  int line = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (line >= 0 && connect(line, (struct sockaddr *)&address, sizeof address) != 0) {
    close(line);
    return -1;
  }
  return line;
}

static void hang_up(struct Reader *reader) {
  if (reader->line >= 0) close(reader->line);
  reader->has_left = reader->line >= 0 || reader->has_left;
  reader->line = -1;
  reader->atr_length = 0;
}

static int send_frame(struct Reader *reader, const unsigned char *bytes, size_t length) {
  unsigned char head[2] = {(unsigned char)(length >> 8), (unsigned char)length};
  if (length > LONGEST_FRAME || send(reader->line, head, 2, MSG_NOSIGNAL) != 2) return -1;
  for (size_t sent = 0; sent < length;) {
    ssize_t now = send(reader->line, bytes + sent, length - sent, MSG_NOSIGNAL);
    if (now <= 0) return -1;
    sent += (size_t)now;
  }
  return 0;
}

static int receive_exactly(int line, unsigned char *bytes, size_t length) {
  for (size_t got = 0; got < length;) {
    ssize_t now = recv(line, bytes + got, length - got, 0);
    if (now <= 0) return -1;
    got += (size_t)now;
  }
  return 0;
}

/* The length of the answer, -1 when the card has left or the answer has no room. */
static long receive_frame(struct Reader *reader, unsigned char *bytes, size_t room) {
  unsigned char head[2];
  if (receive_exactly(reader->line, head, 2) != 0) return -1;
  size_t length = (size_t)(head[0] << 8 | head[1]);
  return length <= room && receive_exactly(reader->line, bytes, length) == 0 ? (long)length : -1;
}

static long exchange(struct Reader *reader, const unsigned char *command, size_t length, unsigned char *answer, size_t room) {
  if (reader->line < 0) return -1;
  long got = send_frame(reader, command, length) == 0 ? receive_frame(reader, answer, room) : -1;
  if (got < 0) hang_up(reader);
  return got;
}

Result IFDHCreateChannelByName(Word lun, char *name) {
  Word index = lun >> 16;
  const char *path = strchr(name, ':');
  if (index >= READERS || path == NULL || strlen(path) >= sizeof readers[index].path) return NO_SUCH_DEVICE;
  strcpy(readers[index].path, path + 1);
  readers[index].line = -1;
  return SUCCESS;
}

Result IFDHCreateChannel(Word lun, Word channel) {
  (void)lun;
  (void)channel;
  return NO_SUCH_DEVICE;
}

Result IFDHCloseChannel(Word lun) {
  struct Reader *reader = reader_of(lun);
  if (reader == NULL) return NO_SUCH_DEVICE;
  hang_up(reader);
  reader->path[0] = '\0';
  return SUCCESS;
}

static Result tell(Word *length, unsigned char *value, const void *bytes, Word count) {
  if (*length < count) return ERROR_TAG;
  memcpy(value, bytes, count);
  *length = count;
  return SUCCESS;
}

Result IFDHGetCapabilities(Word lun, Word tag, Word *length, unsigned char *value) {
  static const unsigned char one = 1, yes = 1, no = 0, many = READERS;
  struct Reader *reader = reader_of(lun);
  switch (tag) {
    case TAG_ATR:
      return reader == NULL ? NO_SUCH_DEVICE : tell(length, value, reader->atr, reader->atr_length);
    case TAG_SLOTS:
      return tell(length, value, &one, 1);
    case TAG_READERS:
      return tell(length, value, &many, 1);
    case TAG_THREAD_SAFE:
      return tell(length, value, &yes, 1);
    case TAG_SLOT_THREAD_SAFE:
      return tell(length, value, &no, 1);
    default:
      return ERROR_TAG;
  }
}

Result IFDHSetCapabilities(Word lun, Word tag, Word length, unsigned char *value) {
  (void)lun;
  (void)tag;
  (void)length;
  (void)value;
  return NOT_SUPPORTED;
}

Result IFDHSetProtocolParameters(Word lun, Word protocol, unsigned char flags, unsigned char a, unsigned char b, unsigned char c) {
  (void)protocol;
  (void)flags;
  (void)a;
  (void)b;
  (void)c;
  return reader_of(lun) == NULL ? NO_SUCH_DEVICE : SUCCESS;
}

Result IFDHPowerICC(Word lun, Word action, unsigned char *atr, Word *atr_length) {
  struct Reader *reader = reader_of(lun);
  *atr_length = 0;
  if (reader == NULL) return NO_SUCH_DEVICE;
  unsigned char order = action == POWER_UP ? 1 : action == RESET ? 2 : 0;
  unsigned char ask_atr = 4;
  if (reader->line < 0 || send_frame(reader, &order, 1) != 0) return POWER_FAILED;
  if (order == 0) return SUCCESS;
  long got = exchange(reader, &ask_atr, 1, reader->atr, sizeof reader->atr);
  if (got < 2) return POWER_FAILED;
  reader->atr_length = (Word)got;
  memcpy(atr, reader->atr, (size_t)got);
  *atr_length = (Word)got;
  return SUCCESS;
}

Result IFDHTransmitToICC(Word lun, ProtocolHeader to, unsigned char *command, Word length, unsigned char *answer, Word *answer_length,
                         ProtocolHeader *from) {
  struct Reader *reader = reader_of(lun);
  long got = reader == NULL ? -1 : exchange(reader, command, length, answer, *answer_length);
  *answer_length = got < 0 ? 0 : (Word)got;
  if (from != NULL) *from = to;
  return got < 0 ? COMMUNICATION_ERROR : SUCCESS;
}

Result IFDHICCPresence(Word lun) {
  struct Reader *reader = reader_of(lun);
  if (reader == NULL) return NO_SUCH_DEVICE;
  if (reader->line >= 0) {
    unsigned char byte;
    ssize_t seen = recv(reader->line, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (seen == 0 || (seen < 0 && errno != EAGAIN)) hang_up(reader);
  }
  if (reader->has_left) {
    reader->has_left = 0;
    return CARD_ABSENT;
  }
  if (reader->line < 0) reader->line = call_up(reader->path, "");
  return reader->line < 0 ? CARD_ABSENT : CARD_PRESENT;
}

/* Digits typed, or the status word's second byte for none: 0 timed out, 1 cancelled (PC/SC part 10, 2.5.2). */
static int read_keys(struct Reader *reader, unsigned char seconds, unsigned char *digits, int *count) {
  int pad = call_up(reader->path, ".pad");
  time_t end = time(NULL) + seconds;
  int ended = 0;
  *count = 0;
  if (pad >= 0) (void)!send(pad, &seconds, 1, MSG_NOSIGNAL);
  while (pad >= 0) {
    unsigned char key;
    long left = (long)(end - time(NULL));
    struct pollfd waiting = {.fd = pad, .events = POLLIN};
    if (left <= 0 || poll(&waiting, 1, (int)left * 1000) <= 0 || recv(pad, &key, 1, 0) != 1) break;
    if (key == 'E' || key == 'C') {
      ended = key;
      break;
    }
    if (key == 'B') *count = 0;
    if (key >= '0' && key <= '9' && *count < LONGEST_PIN) digits[(*count)++] = key;
  }
  if (pad >= 0) close(pad);
  return ended == 'E' ? -1 : ended == 'C';
}

/* PIN_VERIFY_STRUCTURE: the digits go into the template as ASCII, where bmFormatString says. */
static Result verify_on_pad(struct Reader *reader, const unsigned char *asked, Word length, unsigned char *answer, Word room, Word *got) {
  if (length < VERIFY_HEADER + 5 || length - VERIFY_HEADER > 261 || room < 2) return COMMUNICATION_ERROR;
  unsigned char command[261], digits[LONGEST_PIN];
  size_t command_length = length - VERIFY_HEADER;
  unsigned char seconds = asked[0] == 0 ? PAD_SECONDS : asked[0];
  size_t offset = 5 + ((asked[2] >> 3) & 0x0F);
  int count = 0;
  memcpy(command, asked + VERIFY_HEADER, command_length);
  int missing = read_keys(reader, seconds, digits, &count);
  if (missing < 0 && count < asked[6]) missing = 3; /* 6403: too short */
  long given = 2;
  if (missing >= 0) {
    answer[0] = 0x64;
    answer[1] = (unsigned char)missing;
  } else {
    for (int i = 0; i < count && offset + (size_t)i < command_length; i += 1) command[offset + (size_t)i] = digits[i];
    given = exchange(reader, command, command_length, answer, room);
  }
  explicit_bzero(digits, sizeof digits);
  explicit_bzero(command, sizeof command);
  *got = given < 0 ? 0 : (Word)given;
  return given < 0 ? COMMUNICATION_ERROR : SUCCESS;
}

Result IFDHControl(Word lun, Word code, unsigned char *asked, Word length, unsigned char *answer, Word room, Word *got) {
  static const unsigned char features[6] = {FEATURE_VERIFY_DIRECT, 4, 0x42, 0x33, 0x00, 0x06};
  struct Reader *reader = reader_of(lun);
  *got = 0;
  if (reader == NULL) return NO_SUCH_DEVICE;
  if (code == VERIFY_DIRECT) return verify_on_pad(reader, asked, length, answer, room, got);
  if (code != GET_FEATURES || room < sizeof features) return NOT_SUPPORTED;
  memcpy(answer, features, sizeof features);
  *got = sizeof features;
  return SUCCESS;
}
