/* The data source manager and the one source that a process opens, behind calls that answer in words. */
#ifndef VENTANILLA_TWAIN_MANAGER_H
#define VENTANILLA_TWAIN_MANAGER_H

#include "twain-types.h"

#include <stdbool.h>

/* Loads and opens the manager. False where the system has none. */
bool manager_open(void);

/* The installed sources one after the other. */
bool manager_first(TW_IDENTITY *identity);
bool manager_next(TW_IDENTITY *identity);

/* Opens the source of this name (ANSI). NULL when it is open; otherwise why not. */
const char *manager_open_source(const char *product_name);

/* One operation on the open source. */
TW_UINT16 source_call(TW_UINT32 group, TW_UINT16 type, TW_UINT16 message, TW_MEMREF data);

/* Why the last operation on the source did not succeed: the standard's word without its prefix. */
const char *source_status(TW_UINT16 return_code);

/* Enables the source without a window of its own and waits until it has a page. NULL, or why it has none. */
const char *source_enable(void);

/* Back from whatever the source was doing to a source that is closed; of a source that answers at all. */
void source_close(void);

/* A transfer has begun, or is over. */
void source_set_transferring(bool is_on);

/* Ends a transfer that is over and tells whether there are more; NULL, or why the source cannot say. */
const char *source_end_transfer(bool *has_more);

void manager_close(void);

/* The window that sources get as their parent; never shown. */
HWND manager_window(void);

TW_HANDLE memory_allocate(TW_UINT32 size);
void *memory_lock(TW_HANDLE handle);
void memory_unlock(TW_HANDLE handle);
void memory_free(TW_HANDLE handle);

#endif
