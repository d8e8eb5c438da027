// a loader that is in no list
