/*
 * Producers, relays and consumers over pipes, socket pairs, TCP and queues
 * guarded by condition variables: what goes in comes out, once, in order for
 * each channel, with the same check sum.
 */
#include "stress.h"

#define CHANNELS 24

struct queue {
	pthread_mutex_t mutex;
	pthread_cond_t not_empty, not_full;
	unsigned char data[512];
	unsigned head, count;
	int closed;
};

struct channel {
	int number;
	int first[2];	    /* the producer writes to [1] */
	int second[2];	    /* the relay writes to [1] */
	struct queue queue; /* from the second relay to the consumer */
	uint64_t sent, received, sent_sum, received_sum;
};

static struct channel channels[CHANNELS];

static void queue_put(struct queue *queue, const unsigned char *data,
		      unsigned size)
{
	pthread_mutex_lock(&queue->mutex);
	while (size > 0) {
		while (queue->count == sizeof(queue->data))
			pthread_cond_wait(&queue->not_full, &queue->mutex);
		while (size > 0 && queue->count < sizeof(queue->data)) {
			queue->data[(queue->head + queue->count++) %
				    sizeof(queue->data)] = *data++;
			size--;
		}
		pthread_cond_signal(&queue->not_empty);
	}
	pthread_mutex_unlock(&queue->mutex);
}

static unsigned queue_get(struct queue *queue, unsigned char *data,
			  unsigned size)
{
	unsigned got = 0;

	pthread_mutex_lock(&queue->mutex);
	while (queue->count == 0 && !queue->closed)
		pthread_cond_wait(&queue->not_empty, &queue->mutex);
	while (got < size && queue->count > 0) {
		data[got++] = queue->data[queue->head++ % sizeof(queue->data)];
		queue->count--;
	}
	queue->head %= sizeof(queue->data);
	pthread_cond_signal(&queue->not_full);
	pthread_mutex_unlock(&queue->mutex);
	return got;
}

/* Writes everything, in one of many ways. */
static void put(int fd, const unsigned char *data, size_t size,
		struct random *random)
{
	while (size > 0) {
		struct iovec iov[3];
		size_t a = pick(random, size + 1),
		       b = pick(random, size - a + 1);
		ssize_t done;

		iov[0] = (struct iovec){ (void *)data, a };
		iov[1] = (struct iovec){ (void *)(data + a), b };
		iov[2] = (struct iovec){ (void *)(data + a + b), size - a - b };
		if (pick(random, 3) == 0)
			done = writev(fd, iov, 3);
		else
			done = write(fd, data, size);
		if (done <= 0)
			FAIL("write: %zd, errno %d", done, errno);
		data += done;
		size -= done;
	}
}

static ssize_t get(int fd, unsigned char *data, size_t size,
		   struct random *random)
{
	struct pollfd pollfd = { fd, POLLIN, 0 };
	size_t half = pick(random, size) + 1;
	struct iovec iov[2] = { { data, half }, { data + half, size - half } };

	switch (pick(random, 4)) {
	case 0:
		if (poll(&pollfd, 1, pick(random, 2) ? -1 : 20000) != 1)
			FAIL("poll: errno %d", errno);
		return read(fd, data, size);
	case 1:
		return readv(fd, iov, 2);
	case 2:
		return read(fd, data, half);
	default:
		return read(fd, data, size);
	}
}

static void *producer(void *argument)
{
	struct channel *channel = argument;
	struct random random = random_for(channel->number * 10);
	unsigned char data[8192];

	while (!stress_over()) {
		size_t size = pick(&random, pick(&random, 2) ? 100 : 8192) + 1;

		for (size_t i = 0; i < size; i++) {
			data[i] = pattern_at(channel->sent + i);
			channel->sent_sum = channel->sent_sum * 31 + data[i];
		}
		put(channel->first[1], data, size, &random);
		channel->sent += size;
		jitter(&random);
	}
	close(channel->first[1]);
	return NULL;
}

static void *relay(void *argument)
{
	struct channel *channel = argument;
	struct random random = random_for(channel->number * 10 + 1);
	unsigned char data[5000];
	ssize_t got;

	while ((got = get(channel->first[0], data, sizeof(data), &random)) >
	       0) {
		put(channel->second[1], data, got, &random);
		jitter(&random);
	}
	CHECK_INT(got, 0);
	close(channel->first[0]);
	close(channel->second[1]);
	return NULL;
}

static void *queue_relay(void *argument)
{
	struct channel *channel = argument;
	struct random random = random_for(channel->number * 10 + 2);
	unsigned char data[3000];
	ssize_t got;

	while ((got = get(channel->second[0], data, sizeof(data), &random)) >
	       0) {
		queue_put(&channel->queue, data, got);
		jitter(&random);
	}
	CHECK_INT(got, 0);
	close(channel->second[0]);
	pthread_mutex_lock(&channel->queue.mutex);
	channel->queue.closed = 1;
	pthread_cond_broadcast(&channel->queue.not_empty);
	pthread_mutex_unlock(&channel->queue.mutex);
	return NULL;
}

static void *consumer(void *argument)
{
	struct channel *channel = argument;
	struct random random = random_for(channel->number * 10 + 3);
	unsigned char data[1000];
	unsigned got;

	while ((got = queue_get(&channel->queue, data,
				pick(&random, sizeof(data)) + 1)) > 0) {
		for (unsigned i = 0; i < got; i++) {
			CHECK_INT(data[i], pattern_at(channel->received));
			channel->received++;
			channel->received_sum = channel->received_sum * 31 +
						data[i];
		}
		jitter(&random);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[CHANNELS][4];
	struct random random;
	uint64_t total = 0;

	stress_begin(argc, argv);
	random = random_for(-1);
	for (int i = 0; i < CHANNELS; i++) {
		struct channel *channel = &channels[i];

		channel->number = i;
		open_pair(channel->first, pick(&random, PAIR_KINDS));
		open_pair(channel->second, pick(&random, PAIR_KINDS));
		pthread_mutex_init(&channel->queue.mutex, NULL);
		pthread_cond_init(&channel->queue.not_empty, NULL);
		pthread_cond_init(&channel->queue.not_full, NULL);
		threads[i][0] = start(producer, channel);
		threads[i][1] = start(relay, channel);
		threads[i][2] = start(queue_relay, channel);
		threads[i][3] = start(consumer, channel);
	}
	for (int i = 0; i < CHANNELS; i++) {
		for (int j = 0; j < 4; j++)
			join(threads[i][j]);
		CHECK_INT(channels[i].received, channels[i].sent);
		CHECK(channels[i].received_sum == channels[i].sent_sum);
		total += channels[i].sent;
	}
	CHECK(total > 0);
	fprintf(stderr, "%llu bytes\n", (unsigned long long)total);
	ok("pipeline");
	return 0;
}
