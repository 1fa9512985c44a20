#include "fuzz.h"
#include "lease.h"
#include "name.h"

#define PLAIN	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
		"0123456789_-"
#define SUFFIX	".lease"

/* Bytes of the encoded name. */
static size_t
length(const char *name)
{
	size_t i, n = 0;

	for (i = 0; name[i] != '\0'; i++)
		n += strchr(PLAIN, name[i]) != NULL ||
		    (name[i] == '.' && i > 0) ? 1 : 3;
	return n;
}

/* A name becomes a harmless file name, and that becomes the name again. */
static void
encodes(const char *name, size_t size)
{
	char *file = malloc(size), back[LEASE_NAME_MAX + 1];
	size_t len = length(name);

	must(file != NULL);
	if (name_encode(file, size, name, SUFFIX)) {
		must(name_valid(name) && strchr(name, '/') == NULL);
		must(strlen(file) == len + strlen(SUFFIX) && len > 0);
		must(len <= NAME_ENCODED_MAX && strlen(file) < size);
		must(file[0] != '.' && file[0] != '-');
		must(strspn(file, PLAIN ".%") == strlen(file));
		must(name_decode_file(back, sizeof(back), file, SUFFIX));
		must(strcmp(back, name) == 0);
	} else {
		must(file[0] == '\0');
		must(!name_valid(name) || len > NAME_ENCODED_MAX ||
		    len + strlen(SUFFIX) >= size);
	}
	free(file);
}

/* No other file name becomes that name. */
static void
decodes(const char *file, size_t len, size_t size)
{
	char *name = malloc(size), back[NAME_ENCODED_MAX + 1];

	must(name != NULL);
	if (name_decode(name, size, file, len)) {
		must(name_valid(name) && strlen(name) < size);
		must(name_encode(back, sizeof(back), name, ""));
		must(strlen(back) == len && memcmp(back, file, len) == 0);
	} else
		must(name[0] == '\0');
	free(name);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	uint8_t room;
	char *s;

	take(&in, &room, 1);
	decodes((const char *)in.p, in.left, room + 1u);
	s = take_rest(&in);
	encodes(s, room + 1u);
	encodes(s, NAME_FILE_MAX);
	free(s);
	return 0;
}
